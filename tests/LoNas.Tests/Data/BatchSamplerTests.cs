using LoNas.Data;
using LoNas.Runtime;

namespace LoNas.Tests.Data;

public sealed class BatchSamplerTests
{
    [Fact]
    public void Pad_TwoLengths_PadsRightToAMultipleOfEight()
    {
        TrainingExample[] examples = [Example(9), Example(2)];
        var batch = TokenBatch.Pad(examples, [1, 0]);
        Assert.Equal((2, 16, 11), (batch.Rows, batch.Columns, batch.TokenCount));
        Assert.Equal([2, 9], batch.Lengths);
        Assert.Equal([1, 0], batch.RecordIndices);
        Assert.Equal([1, 2, .. Enumerable.Repeat(0L, 14)], batch.InputIds[..16]);
        Assert.Equal([-1, -2, .. Enumerable.Repeat(-100L, 14)], batch.Labels[..16]);
        Assert.Equal([1, 2, 3, 4, 5, 6, 7, 8, 9, .. Enumerable.Repeat(0L, 7)], batch.InputIds[16..]);
        Assert.Equal(-9, batch.Labels[24]);
        Assert.Equal(-100, batch.Labels[25]);
    }

    [Fact]
    public void Pad_LengthOfEight_AddsNothing() => Assert.Equal(8, TokenBatch.Pad([Example(8)], [0]).Columns);

    [Fact]
    public void Epoch_OddSize_HoldsEveryRecordOnceAndASmallerLastBatch()
    {
        var sampler = Sampler(10, batchSize: 4, seed: 1);
        var batches = sampler.Epoch().ToList();
        Assert.Equal(3, sampler.BatchesPerEpoch);
        Assert.Equal([4, 4, 2], batches.Select(batch => batch.Rows));
        Assert.Equal(Enumerable.Range(0, 10), Order(batches).Order());
    }

    [Fact]
    public void Epoch_GroupedByLength_HoldsEveryRecordOnceLongestFirstWithFarLessPadding()
    {
        var random = new Random(3);
        TrainingExample[] examples = [.. Enumerable.Range(0, 203).Select(_ => Example(random.Next(1, 200)))];
        TokenBatch[] Batches(int? grouped) => [.. new BatchSampler(examples, 4, new SeededRandom(7), grouped).Epoch()];

        var grouped = Batches(2);

        Assert.Equal(Enumerable.Range(0, examples.Length), Order(grouped).Order());
        Assert.Equal(examples.Max(example => example.InputIds.Length), grouped[0].Lengths[0]);
        Assert.Equal(Order(grouped), Order(Batches(2)));
        int Pads(TokenBatch[] batches) => batches.Sum(batch => batch.InputIds.Length - batch.TokenCount);
        Assert.True(Pads(grouped) < 0.3 * Pads(Batches(null)), $"{Pads(grouped)} of {Pads(Batches(null))} pads");
    }

    [Fact]
    public void LengthGroups_KnownOrder_IsHuggingFaces()
    {
        // 16 records in steps of 2: parts of min(16 / 8, 50) = 2 steps, 4 records, each sorted; the longest comes
        // first.
        int[] lengths = [5, 1, 9, 3, 4, 8, 2, 7, 6, 10, 11, 12, 16, 13, 14, 15];
        int[] order = [.. Enumerable.Range(0, 16)];

        var grouped = LengthGroups.Of(order, index => lengths[index], stepSize: 2);

        Assert.Equal([16, 5, 3, 1, 8, 7, 4, 2, 12, 11, 10, 6, 9, 15, 14, 13], grouped.Select(index => lengths[index]));
    }

    [Fact]
    public void Epoch_SecondOne_HasAnotherOrder()
    {
        var sampler = Sampler(32, batchSize: 4, seed: 1);
        Assert.NotEqual(Order(sampler.Epoch()), Order(sampler.Epoch()));
    }

    [Fact]
    public void Epoch_SameSeed_GivesTheSameOrder()
    {
        Assert.Equal(Order(Sampler(32, 4, seed: 1).Epoch()), Order(Sampler(32, 4, seed: 1).Epoch()));
        Assert.NotEqual(Order(Sampler(32, 4, seed: 1).Epoch()), Order(Sampler(32, 4, seed: 2).Epoch()));
    }

    [Fact]
    public void Epoch_SavedState_GoesOnWithTheSameEpoch()
    {
        var random = new SeededRandom(3);
        var sampler = new BatchSampler(Examples(20), 3, random);
        _ = sampler.Epoch();
        var state = random.State;
        var expected = Order(sampler.Epoch().Skip(2));
        var resumed = new BatchSampler(Examples(20), 3, SeededRandom.FromState(state));
        Assert.Equal(expected, Order(resumed.Epoch(skippedBatches: 2)));
    }

    [Fact]
    public void Epoch_DrawsBetweenBatches_DoNotChangeTheOrder()
    {
        var random = new SeededRandom(3);
        var order = new List<int>();
        foreach (var batch in new BatchSampler(Examples(20), 3, random).Epoch())
        {
            random.Next(7);
            order.AddRange(batch.RecordIndices);
        }

        Assert.Equal(Order(Sampler(20, 3, seed: 3).Epoch()), order);
    }

    [Fact]
    public void Constructor_NoExamplesOrNoBatch_IsAnArgumentError()
    {
        Assert.Throws<ArgumentException>(() => Sampler(0, 4, seed: 1));
        Assert.Throws<ArgumentOutOfRangeException>(() => Sampler(4, 0, seed: 1));
    }

    private static BatchSampler Sampler(int count, int batchSize, long seed) =>
        new(Examples(count), batchSize, new SeededRandom(seed));

    private static List<int> Order(IEnumerable<TokenBatch> batches) =>
        [.. batches.SelectMany(batch => batch.RecordIndices)];

    private static TrainingExample[] Examples(int count) => [.. Enumerable.Range(1, count).Select(Example)];

    // Tokens 1, 2, 3 ... and their negatives as labels.
    private static TrainingExample Example(int length) =>
        new([.. Enumerable.Range(1, length)], [.. Enumerable.Range(1, length).Select(i => -i)]);
}
