namespace LoNas.Generation;

/// <summary>How tokens are drawn, in the order of Transformers' warpers: temperature, then top-k, then top-p.</summary>
public sealed record SamplingOptions
{
    /// <summary>Divides the logits: below 1 sharpens, above 1 flattens; 1 by default.</summary>
    public double Temperature { get; init; } = 1;

    /// <summary>Only the best so many tokens are drawn from; 0 for all; 50 by default.</summary>
    public int TopK { get; init; } = 50;

    /// <summary>Only the fewest best tokens whose probabilities reach this sum are drawn from; 1 by default, all.</summary>
    public double TopP { get; init; } = 1;

    /// <summary>Sets every draw, whatever the batch; 42 by default.</summary>
    public long Seed { get; init; } = 42;
}
