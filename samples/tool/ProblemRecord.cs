using System.Text.Json.Serialization;

namespace LoNas.Samples;

/// <summary>A record of the data set, as run-math reads it.</summary>
internal sealed record ProblemRecord(
    [property: JsonPropertyName("instruction")] string Instruction,
    [property: JsonPropertyName("input")] string Input,
    [property: JsonPropertyName("output")] string Output,
    [property: JsonPropertyName("answer")] string Answer)
{
    /// <summary>The record of one problem.</summary>
    public static ProblemRecord Of(WordProblem problem) =>
        new(problem.Text, "", problem.WorkedAnswer, $"{problem.Answer}");
}
