using LoNas.Storage;

namespace LoNas.Tests.Storage;

public sealed class JsonFieldLinesTests
{
    /// <summary>What JsonInput reads this must read too, or a task file would end in an error of its own.</summary>
    [Theory]
    [InlineData(1)]
    [InlineData(100)]
    [InlineData(398)]
    public void Of_DeepArrayInAnotherField_GivesTheLine(int depth)
    {
        var text = $$"""
            { "other": {{new string('[', depth)}}1{{new string(']', depth)}},
              "answer": { "pattern": "x" } }
            """;

        Assert.Equal(System.Text.Json.JsonValueKind.Object, JsonInput.Parse(text, "test").ValueKind);
        Assert.Equal(2, JsonFieldLines.Of(text)["answer.pattern"]);
    }
}
