namespace LoNas.Generation;

/// <summary>How text is generated; the names are those of Transformers.</summary>
public sealed record GenerationOptions
{
    /// <summary>Most tokens generated after the prompt.</summary>
    public required int MaxNewTokens { get; init; }

    /// <summary>Beams; 1 is greedy decoding. 1 by default.</summary>
    public int BeamCount { get; init; } = 1;

    /// <summary>Sequences returned, at most <see cref="BeamCount"/> unless sampled; 1 by default.</summary>
    public int ReturnCount { get; init; } = 1;

    /// <summary>Exponent of the length by which a hypothesis' log-probability is divided; 1 by default.</summary>
    public double LengthPenalty { get; init; } = 1;

    /// <summary>Which tokens that length counts; the whole sequence by default, as in Transformers 4.31.</summary>
    public BeamLength Length { get; init; } = BeamLength.Whole;

    /// <summary>When beam search ends; by default when no running beam can do better at its present length.</summary>
    public BeamStopping Stopping { get; init; } = BeamStopping.Heuristic;

    /// <summary>The tokens that end a sequence; none lets every sequence run to its full length.</summary>
    public IReadOnlyList<int> EosIds { get; init; } = [];

    /// <summary>
    /// The first of <see cref="EosIds"/>, which is written at the end of a beam's sequence; null for none.
    /// </summary>
    public int? EosId
    {
        get => EosIds.Count > 0 ? EosIds[0] : null;
        init => EosIds = value is { } only ? [only] : [];
    }

    /// <summary>Draws tokens instead of taking the best; null by default.</summary>
    public SamplingOptions? Sampling { get; init; }

    /// <exception cref="ArgumentException">Values are out of range or contradict each other; all are named.</exception>
    internal void Validate(long vocabulary)
    {
        var problems = new List<string>();
        void Require(bool holds, string problem) => problems.AddRange(holds ? [] : [problem]);
        Require(MaxNewTokens >= 0, $"max_new_tokens is {MaxNewTokens}; expected at least 0");
        Require(BeamCount >= 1, $"num_beams is {BeamCount}; expected at least 1");
        Require(
            BeamCount <= Math.Max(1, vocabulary - EosIds.Count),
            $"num_beams is {BeamCount}; a vocabulary of {vocabulary} with {EosIds.Count} end tokens has no room for so "
                + "many");
        Require(ReturnCount >= 1, $"num_return_sequences is {ReturnCount}; expected at least 1");
        Require(
            Sampling is not null || ReturnCount <= BeamCount,
            $"num_return_sequences {ReturnCount} exceeds num_beams {BeamCount}; only sampling gives more sequences "
                + "than beams");
        Require(Sampling is null || BeamCount == 1, $"num_beams is {BeamCount}; sampling takes 1");
        Require(Sampling is not { Temperature: <= 0 }, $"temperature is {Sampling?.Temperature}; expected above 0");
        Require(Sampling is not { TopK: < 0 }, $"top_k is {Sampling?.TopK}; expected at least 0");
        Require(Sampling is not { TopP: <= 0 or > 1 }, $"top_p is {Sampling?.TopP}; expected above 0 and at most 1");
        if (problems.Count > 0)
        {
            throw new ArgumentException(string.Join("; ", problems));
        }
    }
}

/// <summary>The length by which beam search divides a hypothesis' log-probability.</summary>
public enum BeamLength
{
    /// <summary>Prompt and generated tokens without the end token, as Transformers up to 4.36 counts.</summary>
    Whole,

    /// <summary>Generated tokens with the end token, as Transformers 4.47 counts.</summary>
    Generated,
}

/// <summary>Transformers' values of <c>early_stopping</c>.</summary>
public enum BeamStopping
{
    /// <summary>
    /// False: ends when the worst kept hypothesis is at least the best running score at its present length.
    /// </summary>
    Heuristic,

    /// <summary>True: ends as soon as enough hypotheses are kept.</summary>
    Early,

    /// <summary>"never": ends only when no length could make a running beam better.</summary>
    Never,
}

/// <summary>How tokens are drawn, in the order of Transformers' warpers: temperature, then top-k, then top-p.</summary>
public sealed record SamplingOptions
{
    /// <summary>Divides the logits: below 1 sharpens, above 1 flattens; 1 by default.</summary>
    public double Temperature { get; init; } = 1;

    /// <summary>Only the best so many tokens are drawn from; 0 for all; 50 by default.</summary>
    public int TopK { get; init; } = 50;

    /// <summary>
    /// Only the fewest best tokens whose probabilities reach this sum are drawn from; 1 by default, all.
    /// </summary>
    public double TopP { get; init; } = 1;

    /// <summary>Sets every draw, whatever the batch; 42 by default.</summary>
    public long Seed { get; init; } = 42;
}
