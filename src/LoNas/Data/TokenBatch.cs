using LoNas.Data.Records;

namespace LoNas.Data;

/// <summary>One record as tokens.</summary>
/// <param name="InputIds">The tokens, [T].</param>
/// <param name="Labels">
/// The token to learn at each place, [T], or <see cref="IgnoredLabel"/>. They are not shifted: the loss compares the
/// logits of place t with the label of place t + 1.
/// </param>
public sealed record TrainingExample(int[] InputIds, int[] Labels)
{
    /// <summary>The label that the loss leaves out, like PyTorch's cross-entropy.</summary>
    public const int IgnoredLabel = -100;

    /// <summary>Which of two texts each token belongs to, 0 or 1, [T]; null where there is one text.</summary>
    public int[]? TokenTypeIds { get; init; }

    /// <summary>What a classifier should give: a class's id, or a number; null for a language model.</summary>
    public double? Target { get; init; }

    /// <summary>Whether there is anything to learn; the label of the first place does not count.</summary>
    public bool HasLabels =>
        Target is not null || Labels.AsSpan(Math.Min(1, Labels.Length)).ContainsAnyExcept(IgnoredLabel);
}

/// <summary>
/// Examples side by side, padded on the right; plain arrays, so that no tensor library is needed here.
/// </summary>
public sealed record TokenBatch
{
    // Multiples of eight suit matrix kernels, and the reference pads to them.
    private const int ColumnMultiple = 8;
    private const int PadId = 0;

    /// <summary>Token ids, [Rows, Columns] row by row; 0 in the padding.</summary>
    public required long[] InputIds { get; init; }

    /// <summary>Labels, [Rows, Columns] row by row; -100 in the padding.</summary>
    public required long[] Labels { get; init; }

    /// <summary>Which of two texts each token belongs to, [Rows, Columns] row by row; 0 in the padding.</summary>
    public required long[] TokenTypeIds { get; init; }

    /// <summary>What a classifier should give, [Rows].</summary>
    public required double[] Targets { get; init; }

    /// <summary>The number of examples, B.</summary>
    public required int Rows { get; init; }

    /// <summary>The padded length, T: a multiple of 8 but for a classifier.</summary>
    public required int Columns { get; init; }

    /// <summary>Tokens of each row without padding, [Rows].</summary>
    public required int[] Lengths { get; init; }

    /// <summary>Where each row stands in the data set, [Rows].</summary>
    public required int[] RecordIndices { get; init; }

    /// <summary>Whether the rows stand one behind the other without padding, the longest first.</summary>
    public bool IsJoined { get; init; }

    /// <summary>All tokens without padding.</summary>
    public int TokenCount => Lengths.Sum();

    /// <summary>Tokens that are computed, padding included where there is some.</summary>
    public int ComputedCount => IsJoined ? TokenCount : InputIds.Length;

    /// <summary>Lays examples side by side.</summary>
    /// <param name="examples">The whole data set.</param>
    /// <param name="recordIndices">Which of them, in the rows' order; at least one.</param>
    /// <param name="atLeast">
    /// The least length to pad to, before it becomes a multiple of 8 for a language model.
    /// </param>
    public static TokenBatch Pad(IReadOnlyList<TrainingExample> examples, int[] recordIndices, int atLeast = 0)
    {
        // Once each: a list may make its examples when they are asked for.
        var rows = Array.ConvertAll(recordIndices, index => examples[index]);
        var lengths = Array.ConvertAll(rows, row => row.InputIds.Length);
        int longest = Math.Max(lengths.Max(), atLeast);
        // An encoder has learned its positions: there may be none behind the longest.
        int multiple = rows[0].Target is null ? ColumnMultiple : 1;
        int columns = (longest + multiple - 1) / multiple * multiple;
        return new TokenBatch
        {
            InputIds = Flatten(rows, columns, PadId, row => row.InputIds),
            Labels = Flatten(rows, columns, TrainingExample.IgnoredLabel, row => row.Labels),
            TokenTypeIds = Flatten(rows, columns, 0, row => row.TokenTypeIds ?? []),
            Targets = Array.ConvertAll(rows, row => row.Target ?? 0),
            Rows = rows.Length,
            Columns = columns,
            Lengths = lengths,
            RecordIndices = recordIndices,
        };
    }

    /// <summary>Puts examples one behind the other.</summary>
    /// <param name="examples">The whole data set.</param>
    /// <param name="recordIndices">Which of them; at least one.</param>
    public static TokenBatch Join(IReadOnlyList<TrainingExample> examples, IEnumerable<int> recordIndices) =>
        Pad(examples, [.. recordIndices.OrderByDescending(examples.LengthOf)]) with
        {
            IsJoined = true,
        };

    /// <summary>The tokens of all rows without padding, [<see cref="TokenCount"/>].</summary>
    public long[] Tokens() =>
        [.. Lengths.SelectMany((length, row) => InputIds.AsSpan(row * Columns, length).ToArray())];

    private static long[] Flatten(
        TrainingExample[] rows, int columns, int padding, Func<TrainingExample, int[]> values)
    {
        var flat = new long[rows.Length * columns];
        Array.Fill(flat, padding);
        for (int r = 0; r < rows.Length; r++)
        {
            var row = values(rows[r]);
            Array.Copy(row, 0, flat, r * columns, row.Length);
        }

        return flat;
    }
}
