using LoNas.Data;
using LoNas.Evaluation;

namespace LoNas.Tests.Evaluation;

public sealed class ValidationTasksTests
{
    [Theory]
    [InlineData("12", "mawps")]
    [InlineData("-0.5", "mawps")]
    [InlineData("B", "AQuA")]
    public void Math_Label_DecidesTheRule(string answer, string task) =>
        Assert.Equal(task, ValidationTasks.Math(Record(answer)).Name);

    [Theory]
    [InlineData("true", "boolq")]
    [InlineData("false", "boolq")]
    [InlineData("solution2", "piqa")]
    [InlineData("answer4", "social_i_qa")]
    [InlineData("ending1", "hellaswag")]
    [InlineData("option2", "winogrande")]
    public void Commonsense_Label_DecidesTheRule(string answer, string task) =>
        Assert.Equal(task, ValidationTasks.Commonsense(Record(answer)).Name);

    [Fact]
    public void Commonsense_UnknownLabel_IsNamed()
    {
        var error = Assert.Throws<InvalidDataException>(() => ValidationTasks.Commonsense(Record("maybe")));
        Assert.Contains("'maybe'", error.Message);
    }

    [Fact]
    public void Group_MixedLabels_KeepsEveryRecordOnce()
    {
        var groups = ValidationTasks.Group([Record("1"), Record("A"), Record("2")], ValidationTasks.Math);

        Assert.Equal(["mawps", "AQuA"], groups.Select(group => group.Task.Name));
        Assert.Equal(["1", "2"], groups[0].Records.Select(record => record.Answer));
    }

    private static InstructionRecord Record(string answer) => new() { Instruction = "i", Answer = answer };
}
