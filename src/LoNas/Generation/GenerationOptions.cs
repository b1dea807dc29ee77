namespace LoNas.Generation;

/// <summary>How text is generated; the names are those of Transformers.</summary>
public sealed record GenerationOptions
{
    /// <summary>Most tokens generated after the prompt.</summary>
    public required int MaxNewTokens { get; init; }

    /// <summary>Beams; 1 is greedy decoding. 1 by default.</summary>
    public int BeamCount { get; init; } = 1;

    /// <summary>Sequences returned, at most <see cref="BeamCount"/>; 1 by default.</summary>
    public int ReturnCount { get; init; } = 1;

    /// <summary>Exponent of the length by which a hypothesis' log-probability is divided; 1 by default.</summary>
    public double LengthPenalty { get; init; } = 1;

    /// <summary>Which tokens that length counts; the whole sequence by default, as in Transformers 4.31.</summary>
    public BeamLength Length { get; init; } = BeamLength.Whole;

    /// <summary>When beam search ends; by default when no running beam can do better at its present length.</summary>
    public BeamStopping Stopping { get; init; } = BeamStopping.Heuristic;

    /// <summary>The token that ends a sequence; null lets every sequence run to its full length.</summary>
    public int? EosId { get; init; }
}
