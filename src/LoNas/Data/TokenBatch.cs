namespace LoNas.Data;

/// <summary>
/// Sequences padded on the right to one length, a multiple of 8, as flat arrays in row order.
/// </summary>
public sealed record TokenBatch
{
    /// <summary>The label of a position that does not count, as in Transformers.</summary>
    public const int IgnoredLabel = -100;

    private const int PadId = 0;
    private const int LengthMultiple = 8;

    /// <summary>Token ids, Rows * Columns.</summary>
    public required long[] InputIds { get; init; }

    /// <summary>Labels, Rows * Columns.</summary>
    public required long[] Labels { get; init; }

    /// <summary>Sequences, B.</summary>
    public required int Rows { get; init; }

    /// <summary>Positions of each sequence, T.</summary>
    public required int Columns { get; init; }

    /// <summary>The examples' indices in their set.</summary>
    public required IReadOnlyList<int> Indices { get; init; }

    /// <summary>Labels that some position predicts: a row's first label has no position before it.</summary>
    public long CountedLabels => Labels.Where((label, index) => index % Columns != 0 && label != IgnoredLabel).LongCount();

    /// <summary>Collects examples into a batch.</summary>
    public static TokenBatch From(IReadOnlyList<TrainingExample> examples, IReadOnlyList<int> indices)
    {
        int longest = indices.Max(index => examples[index].InputIds.Length);
        int columns = (longest + LengthMultiple - 1) / LengthMultiple * LengthMultiple;
        var inputIds = new long[indices.Count * columns];
        var labels = new long[indices.Count * columns];
        Array.Fill(inputIds, PadId);
        Array.Fill(labels, IgnoredLabel);
        for (int row = 0; row < indices.Count; row++)
        {
            var example = examples[indices[row]];
            for (int column = 0; column < example.InputIds.Length; column++)
            {
                inputIds[(row * columns) + column] = example.InputIds[column];
                labels[(row * columns) + column] = example.Labels[column];
            }
        }

        return new TokenBatch
        {
            InputIds = inputIds,
            Labels = labels,
            Rows = indices.Count,
            Columns = columns,
            Indices = indices,
        };
    }
}
