namespace LoNas.Generation;

/// <summary>
/// What decides one prompt's tokens: beam search, greedy choice or sampling. Plain arrays, no tensors but logits.
/// </summary>
internal interface IDecoding
{
    /// <summary>Sequences that run side by side.</summary>
    int Width { get; }

    /// <summary>The last token of each running sequence; 1 to <see cref="Width"/> of them.</summary>
    int[] LastTokens { get; }

    /// <summary>The running sequences whole, prompt included, in the order of <see cref="LastTokens"/>.</summary>
    IReadOnlyList<IReadOnlyList<int>> Running { get; }

    /// <summary>For each running sequence the one it continued in the last step.</summary>
    int[] Parents { get; }

    /// <summary>Whether no more steps are needed.</summary>
    bool IsDone { get; }

    /// <summary>The sequences that may still grow, prompt included.</summary>
    IReadOnlyList<int[]> Open { get; }

    /// <summary>The sequences that ended and may be returned, prompt included, without their end token.</summary>
    IEnumerable<int[]> Ended { get; }

    /// <summary>The most tokens of a row that it asks for; null where it may ask for all.</summary>
    int? Candidates { get; }

    /// <summary>Takes the logits after each running sequence; in the first step one row, that of the prompt.</summary>
    void Step(LogitRows logits);

    /// <summary>The best sequences, best first.</summary>
    IReadOnlyList<GeneratedSequence> Finish();
}
