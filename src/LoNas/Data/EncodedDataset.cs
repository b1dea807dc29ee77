namespace LoNas.Data;

/// <summary>A data set as tokens, in the records' order, and what was lost on the way.</summary>
public sealed record EncodedDataset
{
    /// <summary>One example per record, each at most the cut-off length long.</summary>
    public required IReadOnlyList<TrainingExample> Examples { get; init; }

    /// <summary>Tokens of each record before the cut (BOS included, the appended EOS not), for a histogram.</summary>
    public required IReadOnlyList<int> UncutLengths { get; init; }

    /// <summary>How many records were cut, and so end without their end.</summary>
    public required int TruncatedCount { get; init; }

    /// <summary>How many examples have no label left, and so teach nothing.</summary>
    public int UnlabelledCount => Examples.Count(example => !example.HasLabels);
}
