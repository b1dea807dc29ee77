using LoNas.Data;

namespace LoNas.Evaluation;

/// <summary>The result of a test set.</summary>
/// <param name="Task">The set.</param>
/// <param name="Records">Every record with its response, in the set's order.</param>
public sealed record TaskResult(EvaluationTask Task, IReadOnlyList<JudgedRecord> Records)
{
    /// <summary>The share of right answers, 0 to 1.</summary>
    public double Accuracy => Records.Count == 0 ? 0 : (double)Records.Count(record => record.IsRight) / Records.Count;

    /// <summary>The binomial standard error of <see cref="Accuracy"/>, sqrt(p (1 - p) / n).</summary>
    public double StandardError => Records.Count == 0 ? 0 : Math.Sqrt(Accuracy * (1 - Accuracy) / Records.Count);

    /// <summary>Tokens generated for all responses.</summary>
    public long NewTokens => Records.Sum(record => (long)record.NewTokens);
}

/// <summary>A record with the model's response and the verdict.</summary>
/// <param name="Record">The record.</param>
/// <param name="Response">The response text, special tokens included.</param>
/// <param name="Prediction">What the task's rule found in it.</param>
/// <param name="IsRight">Whether that is the record's answer.</param>
public sealed record JudgedRecord(InstructionRecord Record, string Response, Prediction Prediction, bool IsRight)
{
    /// <summary>Tokens that the model generated for the response.</summary>
    public int NewTokens { get; init; }
}
