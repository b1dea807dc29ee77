using LoNas.Data;

namespace LoNas.Evaluation;

/// <summary>A record with what the model made of it.</summary>
/// <param name="Record">The record.</param>
/// <param name="Response">The response text, special tokens included.</param>
/// <param name="Prediction">What the task's rule found in it.</param>
/// <param name="IsRight">Whether that is the record's answer.</param>
public sealed record JudgedRecord(InstructionRecord Record, string Response, Prediction Prediction, bool IsRight)
{
    /// <summary>Tokens that the model generated for the response.</summary>
    public int NewTokens { get; init; }
}
