namespace LoNas.Generation;

/// <summary>How many prompts are generated from at once, and who is told what. None of it changes results.</summary>
public sealed record BatchOptions
{
    /// <summary>Most prompts at once, each with all its beams; null, the default, chooses by the free memory.</summary>
    public int? Size { get; init; }

    /// <summary>
    /// Called with a prompt's index and sequences as soon as they are final; the order is not that of the prompts.
    /// </summary>
    public Action<int, IReadOnlyList<GeneratedSequence>>? OnDone { get; init; }

    /// <summary>
    /// Called with the tokens of the first sequence of a greedy or sampled prompt; for a single prompt only.
    /// </summary>
    public Action<int>? OnToken { get; init; }

    /// <summary>
    /// The answer that a sequence (prompt included) gives, if nothing that may follow can change it, else null; the
    /// flag says whether the sequence has ended. Where all sequences of a prompt that may still be returned give the
    /// same answer, the prompt is done. Null, the default, generates to the end.
    /// </summary>
    public Func<int[], bool, string?>? SettledAnswer { get; init; }
}
