using LoNas.Data;
using LoNas.Data.Records;
using LoNas.Runtime;
using LoNas.Tests.Support;

namespace LoNas.Tests.Data.Records;

public sealed class TokenStoreTests
{
    [Theory]
    [InlineData(long.MaxValue, 0)]
    [InlineData(0, 1)]
    [InlineData(300, 1)]
    public void View_HeldOrMapped_GivesWhatWasAppended(long heldBytes, int mapped)
    {
        using var folder = new TemporaryFolder();
        using var store = new TokenStore(heldBytes, folder.Root, pageTokens: 16);
        var examples = Enumerable.Range(0, 200).Select(Example).ToArray();
        foreach (var (ids, learned) in examples)
        {
            store.Append(ids, learned);
        }

        Assert.Equal(mapped, Math.Sign(store.MappedBytes));
        Assert.Equal(examples.Sum(each => (long)each.Ids.Length), store.TokenCount);
        Assert.Equal(examples.Select(Expected), store.All().Select(Flat));
        Assert.Equal(examples.Select(each => each.Ids.Length), Enumerable.Range(0, 200).Select(store.All().LengthOf));
        int[] some = [199, 3, 3, 0];
        Assert.Equal(some.Select(index => Expected(examples[index])), store.Select(some).Select(Flat));
        Assert.Equal(examples[199].Ids.Length, store.Select(some).LengthOf(0));
    }

    /// <summary>What is killed leaves nothing behind: the file has no name while it is used.</summary>
    [Fact]
    public void Append_ToTheFile_LeavesNoneInItsFolder()
    {
        Assert.SkipWhen(OperatingSystem.IsWindows(), "Windows deletes the file when it is closed");
        using var folder = new TemporaryFolder();
        using (var store = new TokenStore(0, folder.Root, pageTokens: 4))
        {
            for (int i = 0; i < 50; i++)
            {
                store.Append([1, 2, 3], [true, false, true]);
            }

            Assert.True(store.MappedBytes > 0);
            Assert.Empty(Directory.EnumerateFileSystemEntries(folder.Root));
        }

        Assert.Empty(Directory.EnumerateFileSystemEntries(folder.Root));
    }

    [Fact]
    public void Append_WhatIsNoExample_IsRefused()
    {
        using var store = new TokenStore();
        Assert.Throws<ArgumentException>(() => store.Append([1, 2], [true]));
        Assert.Throws<ArgumentException>(() => store.Append([1, -1], [true, true]));
        Assert.Equal(0, store.Count);
    }

    [Fact]
    public void Epoch_OfAView_HasTheBatchesOfTheExamples()
    {
        using var store = new TokenStore();
        foreach (var (ids, learned) in Enumerable.Range(0, 37).Select(Example))
        {
            store.Append(ids, learned);
        }

        var examples = store.All().ToArray();
        Assert.Equal(Batches(examples, null), Batches(store.All(), null));
        Assert.Equal(Batches(examples, 2), Batches(store.All(), 2));
        Assert.Equal(examples.Max(example => example.InputIds.Length), store.All().Longest());
    }

    private static string[] Batches(IReadOnlyList<TrainingExample> examples, int? grouped) =>
        [.. new BatchSampler(examples, 4, new SeededRandom(3), grouped).Epoch().Select(batch =>
            string.Join('|', new[] { batch.InputIds, batch.Labels, batch.RecordIndices.Select(index => (long)index) }
                .Select(row => string.Join(' ', row))))];

    private static (int[] Ids, bool[] Learned) Example(int index) => (
        [.. Enumerable.Range(0, index * 7 % 31).Select(t => index * t)],
        [.. Enumerable.Range(0, index * 7 % 31).Select(t => (t + index) % 3 == 0)]);

    private static string Expected((int[] Ids, bool[] Learned) example) => string.Join(' ', example.Ids) + "|"
        + string.Join(' ', example.Ids.Zip(example.Learned, (id, learned) => learned ? id : -100));

    private static string Flat(TrainingExample example) =>
        $"{string.Join(' ', example.InputIds)}|{string.Join(' ', example.Labels)}";
}
