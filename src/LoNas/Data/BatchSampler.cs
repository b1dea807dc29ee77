using LoNas.Data.Records;
using LoNas.Runtime;

namespace LoNas.Data;

/// <summary>Cuts a data set into batches, in a new random order each epoch; the last batch may be smaller.</summary>
public sealed class BatchSampler
{
    private readonly IReadOnlyList<TrainingExample> _examples;
    private readonly int _batchSize;
    private readonly SeededRandom _random;
    private readonly int? _groupedBatches;
    private readonly int _padTo;
    private readonly int? _joinTo;

    /// <summary>A sampler over a data set.</summary>
    /// <param name="examples">The data set; at least one example.</param>
    /// <param name="batchSize">Examples of a batch; at least 1.</param>
    /// <param name="random">Orders the epochs; the same state gives the same batches.</param>
    /// <param name="groupedBatches">
    /// How many batches make an optimiser step; its records then have similar lengths (<see cref="LengthGroups"/>).
    /// Null leaves the order to chance.
    /// </param>
    /// <param name="padTo">The least length that batches are padded to.</param>
    /// <param name="joinTo">
    /// The length up to which examples are put one behind the other; a batch is of such rows. Null: of examples.
    /// </param>
    /// <exception cref="ArgumentException">There are no examples, or the batch size is below 1.</exception>
    public BatchSampler(
        IReadOnlyList<TrainingExample> examples, int batchSize, SeededRandom random, int? groupedBatches = null,
        int padTo = 0, int? joinTo = null)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(batchSize, 1);
        if (examples.Count == 0)
        {
            throw new ArgumentException(
                "There are no examples to make batches of; expected at least one", nameof(examples));
        }

        (_examples, _batchSize, _random) = (examples, batchSize, random);
        (_groupedBatches, _padTo, _joinTo) = (groupedBatches, padTo, joinTo);
        BatchesPerEpoch = (ExampleBins.Count(examples, joinTo) + batchSize - 1) / batchSize;
    }

    /// <summary>The number of batches in an epoch.</summary>
    public int BatchesPerEpoch { get; }

    /// <summary>
    /// The batches of one epoch. The order is drawn by this call and not while the batches are read, so the generator
    /// may be used in between.
    /// </summary>
    /// <param name="skippedBatches">How many to leave out at the start, when an interrupted epoch is resumed.</param>
    public IEnumerable<TokenBatch> Epoch(int skippedBatches = 0)
    {
        var order = _random.Permutation(_examples.Count);
        if (_joinTo is { } most)
        {
            // The first bins hold the longest examples: their order is drawn too.
            var bins = ExampleBins.Of(order, _examples.LengthOf, most);
            return _random.Permutation(bins.Count).Chunk(_batchSize).Skip(skippedBatches)
                .Select(chosen => TokenBatch.Join(_examples, chosen.SelectMany(bin => bins[bin])));
        }

        if (_groupedBatches is { } batches)
        {
            order = LengthGroups.Of(order, _examples.LengthOf, (long)_batchSize * batches);
        }

        return order.Chunk(_batchSize).Skip(skippedBatches)
            .Select(indices => TokenBatch.Pad(_examples, indices, _padTo));
    }
}

/// <summary>
/// Orders records so that neighbours have similar lengths, like Hugging Face's LengthGroupedSampler: a random order is
/// cut into parts of up to fifty steps, each sorted by descending length. The longest record of all comes first, so
/// that a lack of memory shows at once.
/// </summary>
internal static class LengthGroups
{
    private const int MostSteps = 50;
    private const int LeastParts = 4;

    /// <summary>Reorders records.</summary>
    /// <param name="order">The records in random order.</param>
    /// <param name="length">The length of a record.</param>
    /// <param name="stepSize">Records of an optimiser step.</param>
    /// <returns>The same records.</returns>
    public static int[] Of(int[] order, Func<int, int> length, long stepSize)
    {
        long steps = Math.Max(1, Math.Min(order.Length / (stepSize * LeastParts), MostSteps));
        var parts = order.Chunk((int)Math.Min(order.Length, steps * stepSize))
            .Select(part => part.OrderByDescending(length).ToArray())
            .ToArray();
        var longest = parts.MaxBy(part => length(part[0]))!;
        (parts[0][0], longest[0]) = (longest[0], parts[0][0]);
        return [.. parts.SelectMany(part => part)];
    }
}
