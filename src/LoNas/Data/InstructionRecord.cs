using System.Text.Json;

namespace LoNas.Data;

/// <summary>One task of an instruction data set.</summary>
public sealed record InstructionRecord
{
    /// <summary>The task; never empty.</summary>
    public required string Instruction { get; init; }

    /// <summary>Further context; empty for none.</summary>
    public string Input { get; init; } = "";

    /// <summary>The response to learn, with its reasoning.</summary>
    public string Output { get; init; } = "";

    /// <summary>
    /// The answer that predictions are judged against: text as it is, a JSON number as it was written, a JSON boolean
    /// as <c>true</c> or <c>false</c>; empty where the record has none.
    /// </summary>
    public string Answer { get; init; } = "";

    /// <summary>The record as it was read, with keys this program does not know; undefined if made in code.</summary>
    public JsonElement Source { get; init; }
}
