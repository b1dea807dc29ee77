namespace LoNas.Evaluation;

/// <summary>How tasks are asked; the defaults are the reference's.</summary>
public sealed record EvaluationOptions
{
    /// <summary>Beams of the search; 4 by default, 1 is greedy.</summary>
    public int NumBeams { get; init; } = 4;

    /// <summary>Most tokens of a response; null, the default, takes as many as each task allows.</summary>
    public int? MaxNewTokens { get; init; }

    /// <summary>
    /// Most records asked at once; null, the default, chooses by the free memory. It does not change results.
    /// </summary>
    public int? BatchSize { get; init; }

    /// <summary>Whether answers are written to their end though their prediction is settled; no by default.</summary>
    public bool ExactOutputs { get; init; }
}
