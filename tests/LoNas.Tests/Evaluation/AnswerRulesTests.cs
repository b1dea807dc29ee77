using LoNas.Evaluation;

namespace LoNas.Tests.Evaluation;

public sealed class AnswerRulesTests
{
    [Theory]
    [InlineData("The answer is 42.", 42)]
    [InlineData("2 + 3 = 5</s>", 5)]
    [InlineData("It costs $1,234,567.89 in all", 1234567.89)]
    [InlineData("1 or -7.5", -7.5)]
    [InlineData("10-3", -3)] // the sign is taken even where it means minus, as in the reference
    [InlineData("1/2", 2)]
    [InlineData("3.", 3)]
    [InlineData(".5", 5)] // a number begins with a digit
    [InlineData("1.2.3", 3)]
    [InlineData("1e5", 5)]
    [InlineData("007", 7)]
    [InlineData("٣٤", 34)] // Arabic-Indic digits
    [InlineData("none", double.PositiveInfinity)]
    [InlineData("", double.PositiveInfinity)]
    public void LastNumber_Response_GivesTheLastMatch(string response, double expected) =>
        Assert.Equal(expected, AnswerRules.LastNumber.Extract(response).Number);

    [Theory]
    [InlineData(8, "8.0", true)]
    [InlineData(8.0009, "8", true)]
    [InlineData(8.0011, "8", false)]
    [InlineData(-3, "3", false)]
    [InlineData(1.833, "1.8333333333333335", true)]
    [InlineData(100000, "1e5", true)]
    [InlineData(1000, "1,000", true)]
    [InlineData(8, "", false)]
    [InlineData(8, "eight", false)]
    [InlineData(double.PositiveInfinity, "8", false)]
    [InlineData(double.PositiveInfinity, "Infinity", false)]
    public void LastNumber_Answer_IsRightWithinAThousandth(double prediction, string answer, bool expected) =>
        Assert.Equal(expected, AnswerRules.LastNumber.IsRight(Prediction.OfNumber(prediction), answer));

    [Fact]
    public void LastNumber_MoreDigitsThanADoubleHolds_IsInfinite() => Assert.Equal(
        double.PositiveInfinity, AnswerRules.LastNumber.Extract(new string('9', 400)).Number);

    [Theory]
    [InlineData("The answer is (D).", "D")]
    [InlineData("Because of it, B", "B")] // the first capital, even within a word
    [InlineData("Clearly D", "C")]
    [InlineData("the answer is d", "")]
    [InlineData("", "")]
    public void FirstOf_Letters_GivesTheFirstCapital(string response, string expected) =>
        Assert.Equal(expected, AnswerRules.FirstOf("A", "B", "C", "D", "E").Extract(response).Choice);

    [Theory]
    [InlineData("the correct answer is answer2, not answer1", "answer2")]
    [InlineData("answer12", "answer1")]
    [InlineData("Answer1", "")]
    [InlineData("answer 1", "")]
    public void FirstOf_Words_GivesTheFirstMatch(string response, string expected) =>
        Assert.Equal(expected, AnswerRules.FirstOf("answer1", "answer2").Extract(response).Choice);

    [Theory]
    [InlineData("true", "true", true)]
    [InlineData("true", "false", false)]
    [InlineData("maybe", "", false)] // finding nothing is never right
    public void FirstOf_Answer_MustBeEqual(string response, string answer, bool expected)
    {
        var rule = AnswerRules.FirstOf("true", "false");
        Assert.Equal(expected, rule.IsRight(rule.Extract(response), answer));
    }

    [Fact]
    public void MatchedText_PatternThatNeverEnds_IsGivenUpAndNamed()
    {
        var pattern = new System.Text.RegularExpressions.Regex(
            "^(a+)+$", System.Text.RegularExpressions.RegexOptions.None, TimeSpan.FromMilliseconds(50));

        var error = Assert.Throws<InvalidDataException>(
            () => AnswerRules.MatchedText(pattern, last: false).Extract(new string('a', 60) + "!"));

        Assert.Contains("'^(a+)+$' takes more than 0.05 s", error.Message);
    }

    [Fact]
    public void JsonValue_Predictions_AreValidJsonValues()
    {
        Assert.Equal("inf", Prediction.OfNumber(double.PositiveInfinity).JsonValue);
        Assert.Equal("-inf", Prediction.OfNumber(double.NegativeInfinity).JsonValue);
        Assert.Equal(2.5, Prediction.OfNumber(2.5).JsonValue);
        Assert.Equal("B", Prediction.OfChoice("B").JsonValue);
        Assert.Equal("", Prediction.OfChoice("").JsonValue);
    }
}
