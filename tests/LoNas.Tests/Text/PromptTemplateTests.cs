using LoNas.Text;

namespace LoNas.Tests.Text;

public sealed class PromptTemplateTests
{
    private const string Task = "Below is an instruction that describes a task";
    private const string Write = "Write a response that appropriately completes the request.";

    [Fact]
    public void Training_NoInput_MatchesToTheSpace() => Assert.Equal(
        $"{Task}. {Write}  \n\n"
        + "                    ### Instruction:\n                    Add.\n\n"
        + "                    ### Response:\n                    Done.",
        PromptTemplate.Training("Add.", "", "Done."));

    [Fact]
    public void Training_WithInput_MatchesToTheSpace() => Assert.Equal(
        $"{Task}, paired with an input that provides further context. {Write} \n\n"
        + "                    ### Instruction:\n                    Add.\n\n"
        + "                    ### Input:\n                    1 2\n\n"
        + "                    ### Response:\n                    3",
        PromptTemplate.Training("Add.", "1 2", "3"));

    [Theory]
    [InlineData(28, "                            ")]
    [InlineData(24, "                        ")]
    public void Evaluation_NoInput_MatchesToTheSpace(int indent, string spaces) => Assert.Equal(
        $"{Task}. {Write} \n\n{spaces}### Instruction:\n{spaces}Add.\n\n{spaces}### Response:\n{spaces}",
        PromptTemplate.Evaluation("Add.", "", indent));

    [Fact]
    public void Evaluation_WithInput_HasNoSpaceAfterTheRequest() => Assert.Equal(
        $"{Task}, paired with an input that provides further context. {Write}\n\n"
        + "    ### Instruction:\n    Add.\n\n    ### Input:\n    1 2\n\n    ### Response:\n    ",
        PromptTemplate.Evaluation("Add.", "1 2", 4));

    [Theory]
    [InlineData("x ### Response:\n  The answer is 3.</s>", "The answer is 3.</s>")]
    [InlineData("x ### Response: 1 ### Response: 2", "1")]
    [InlineData("x ### Response: 1 ### Response: 2 ### Response: 3", "1")]
    [InlineData("x ### Response:", "")]
    [InlineData("no heading", "")]
    public void Response_DecodedText_GivesTheFirstResponse(string decoded, string expected) =>
        Assert.Equal(expected, PromptTemplate.Response(decoded));

    [Fact]
    public void Response_OfEvaluationPrompt_GivesWhatFollows() => Assert.Equal(
        "A: 4 </s>", PromptTemplate.Response(PromptTemplate.Evaluation("2 + 2?", "", 28) + "A: 4 </s>"));
}
