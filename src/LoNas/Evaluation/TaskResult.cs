namespace LoNas.Evaluation;

/// <summary>A judged test set.</summary>
/// <param name="Task">The set.</param>
/// <param name="Records">Every record with its response, in the set's order.</param>
public sealed record TaskResult(EvaluationTask Task, IReadOnlyList<JudgedRecord> Records)
{
    /// <summary>Share of right answers, 0 to 1.</summary>
    public double Accuracy => Records.Count == 0 ? 0 : (double)Records.Count(record => record.IsRight) / Records.Count;
}
