using LoNas.Runtime;

namespace LoNas.Data;

/// <summary>Shuffles an epoch's examples into batches; the last batch may be smaller.</summary>
public static class BatchSampler
{
    /// <summary>The batches of one epoch, as indices.</summary>
    public static IReadOnlyList<int[]> Batches(int exampleCount, int batchSize, SeededRandom random) =>
        [.. random.Permutation(exampleCount).Chunk(batchSize)];
}
