using LoNas.Tests.Support;
using LoNas.Training;
using static TorchSharp.torch;

namespace LoNas.Tests.Training;

/// <summary>A training by several ranks: threads here, real processes in the soak.</summary>
public sealed class RankedRunTests
{
    public static TheoryData<int, int, ScalarType> Sizes => new()
    {
        { 2, 4, ScalarType.Float32 },
        { 3, 4, ScalarType.Float32 },
        { 4, 4, ScalarType.Float32 },
        { 2, 4, ScalarType.BFloat16 },
        { 3, 3, ScalarType.Float32 },
        // An epoch has five micro-batches: windows cross epochs, or end with them.
        { 2, 2, ScalarType.Float32 },
        { 5, 6, ScalarType.Float32 },
    };

    [Theory]
    [MemberData(nameof(Sizes))]
    public void Run_SeveralRanks_EndsWithTheBitsOfOne(int size, int accumulation, ScalarType dtype)
    {
        var options = Options(accumulation);
        using var alone = new ResumedRun(options, dtype);
        using var together = new ResumedRun(options, dtype);
        var expected = alone.ToTheEnd();

        var found = ThreadRanks.Run(size, ranks => together.Session(ranks: ranks));

        Assert.All(found, end => AssertSame(expected, end!.Value));
        Assert.Equal(Files(alone.Folder), Files(together.Folder));
        Assert.Equal(size, together.Reported.Last(record => record.Ranks is not null).Ranks!.TokensPerSecond.Count);
    }

    [Theory]
    [InlineData(4, 1, 2)]
    [InlineData(1, 3, 4)]
    [InlineData(3, 2, 1)]
    public void Run_KilledAndGoneOnByOtherRanks_EndsWithTheBitsOfOne(int first, int second, int third)
    {
        var options = Options(accumulation: 4);
        using var alone = new ResumedRun(options);
        using var changing = new ResumedRun(options);
        var expected = alone.ToTheEnd();

        ThreadRanks.Run(first, ranks => changing.Session(killBefore: 8, ranks: ranks));
        ThreadRanks.Run(second, ranks => changing.Session(killBefore: 7, ranks: ranks));
        var found = ThreadRanks.Run(third, ranks => changing.Session(ranks: ranks));

        Assert.All(found, end => AssertSame(expected, end!.Value));
    }

    [Fact]
    public void Run_OneRankIsAskedToStop_AllSaveOnceAndGoOn()
    {
        var options = Options(accumulation: 4) with { SaveStrategy = IntervalStrategy.No };
        using var alone = new ResumedRun(options);
        using var stopped = new ResumedRun(options);
        var expected = alone.ToTheEnd();

        var ends = ThreadRanks.Run(2, ranks => stopped.Session(stopBefore: ranks.Rank == 1 ? 2 : -1, ranks: ranks));
        Assert.All(ends, end => Assert.Null(end));
        Assert.Single(Directory.GetDirectories(stopped.Folder));

        AssertSame(expected, stopped.ToTheEnd());
    }

    [Fact]
    public void New_MoreRanksThanMicroBatches_SaysSo()
    {
        using var run = new ResumedRun(Options(accumulation: 2));

        var error = Assert.Throws<InvalidOperationException>(
            () => ThreadRanks.Run(3, ranks => run.Session(ranks: ranks)));

        Assert.Contains(
            "An optimiser step has 2 micro-batches of 2 records, and 3 processes share them",
            error.InnerException!.Message);
    }

    private static TrainingOptions Options(int accumulation) => new()
    {
        BatchSize = 2,
        AccumulationSteps = accumulation,
        Epochs = 3,
        MaxGradientNorm = 0.3,
        LoggingSteps = 1,
        SaveStrategy = IntervalStrategy.Epoch,
        EvaluationStrategy = IntervalStrategy.Epoch,
    };

    private static void AssertSame(
        (byte[][] Parameters, string State) expected, (byte[][] Parameters, string State) found)
    {
        Assert.Equal(expected.State, found.State);
        Assert.Equal(expected.Parameters.Select(Convert.ToHexString), found.Parameters.Select(Convert.ToHexString));
    }

    /// <summary>All files of all checkpoints, optimiser and gradients of incomplete windows among them.</summary>
    private static IEnumerable<string> Files(string folder) =>
        Directory.EnumerateFiles(folder, "*", SearchOption.AllDirectories).Order(StringComparer.Ordinal)
            .Select(path => $"{Path.GetRelativePath(folder, path)}: {Convert.ToHexString(File.ReadAllBytes(path))}");
}
