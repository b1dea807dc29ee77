using LoNas.Distributed;
using LoNas.Tests.Support;

namespace LoNas.Tests.Distributed;

/// <summary>What ranks agree on before they work, with threads for ranks.</summary>
public sealed class RankMeetingTests
{
    private static readonly RankPlace[] Places =
        [new(0, "a", 10, 0, 2, 1), new(1, "a", 11, 1, 2, 1), new(2, "b", 10, 0, 1, 1)];

    [Fact]
    public void Hold_AllCanAndAreAlike_HasNoProblem() =>
        Assert.All(Meet(_ => Able(("seed", "7"))), meeting => Assert.Null(meeting.Problem));

    [Fact]
    public void Hold_AllFailAlike_SaysItOnce() => Assert.All(Meet(_ => RankReport.Failed("no model", 1)), meeting =>
    {
        Assert.Equal("no model", meeting.Problem);
        Assert.Equal(1, meeting.Code(2));
    });

    [Fact]
    public void Hold_OneFails_AllHearWhichAndWhy() => Assert.All(
        Meet(rank => rank == 2 ? RankReport.Failed("no model", 2) : Able(("seed", "7"))),
        meeting => Assert.Equal("rank 2 on b: no model", meeting.Problem));

    [Fact]
    public void Hold_SomeFailInTwoWays_EachIsSaidOnceWithItsRanks() => Assert.All(
        Meet(rank => RankReport.Failed(rank == 1 ? "disk full" : "no model", rank)),
        meeting => Assert.Equal("ranks 0, 2 on a, b: no model\nrank 1 on a: disk full", meeting.Problem));

    [Fact]
    public void Hold_TheyDiffer_EveryDifferenceIsNamedWithItsRanks() => Assert.All(
        Meet(rank => Able(("seed", rank == 1 ? "8" : "7"), ("data", "x"), ("model", rank == 2 ? "m" : "n"))),
        meeting =>
        {
            Assert.Equal(
                "The ranks do not work on the same; give all of them the same:\n"
                + "  seed: 7 on ranks 0, 2 on a, b; 8 on rank 1 on a\n"
                + "  model: n on ranks 0, 1 on a; m on rank 2 on b",
                meeting.Problem);
            Assert.Equal(2, meeting.Code(2));
        });

    [Fact]
    public void Hold_ARankHasNothingOfAName_IsADifference() => Assert.All(
        Meet(rank => rank == 0 ? Able() : Able(("seed", "7"))),
        meeting => Assert.Contains("seed: none on rank 0 on a; 7 on ranks 1, 2 on a, b", meeting.Problem));

    [Theory]
    [InlineData("a4:0123 a4:0123", "2 2")] // bound to nothing: four cores are shared
    [InlineData("a1:0 a1:1", "1 1")] // bound to one core each
    [InlineData("a2:01 a2:23", "2 2")] // bound to two cores each
    [InlineData("a2:01 a2:01 b4:0123", "1 1 4")] // two machines, of which one lends two of its cores
    [InlineData("a2:0123 a2:0123", "1 1")] // a container with the time of two cores
    [InlineData("a2:01 a2:01 a2:01", "1 1 1")] // more ranks than cores
    [InlineData("a8: a8:", "4 4")] // a system that does not say which cores
    public void Of_RanksOfMachines_ShareTheirCores(string ranks, string threads)
    {
        var places = RankPlace.Of([.. ranks.Split(' ').Select((rank, index) => new RankPlace.Told(
            $"{rank[0]}", index, rank[1] - '0', [.. rank[3..].Select(core => $"0/{core}")]))]);

        Assert.Equal(threads, string.Join(' ', places.Select(place => place.Threads)));
    }

    [Fact]
    public void Agree_ThreadsForRanks_KnowEachOther()
    {
        var places = ThreadRanks.Run(3, RankPlace.Agree);

        Assert.Equal([0, 1, 2], places[0].Select(place => place.LocalRank));
        Assert.All(places[2], place => Assert.Equal((Environment.MachineName, 3), (place.Host, place.LocalSize)));
    }

    [Fact]
    public void Gather_OneNeverComes_IsToldInTime()
    {
        using var told = new ManualResetEventSlim();
        string? late = null;
        using var hanging = new Hanging();
        using var watched = new WatchedCollectives(
            hanging, TimeSpan.FromMilliseconds(50),
            what =>
            {
                late = what;
                hanging.Release();
                told.Set();
            },
            TimeProvider.System);

        watched.Gather([1, 2, 3]);

        Assert.True(told.Wait(TimeSpan.FromSeconds(30)));
        Assert.Equal("gathering 3 bytes, collective 1 of the run", late);
    }

    [Fact]
    public void Gather_AllCome_NobodyIsTold()
    {
        bool isLate = false;
        using var watched = new WatchedCollectives(
            SingleProcess.Instance, TimeSpan.FromMilliseconds(200), _ => isLate = true, TimeProvider.System);
        watched.Gather([1]);
        Thread.Sleep(600);

        Assert.False(isLate);
    }

    private static RankMeeting[] Meet(Func<int, RankReport> report) =>
        ThreadRanks.Run(3, ranks => RankMeeting.Hold(ranks, Places, report(ranks.Rank)));

    private static RankReport Able(params (string Name, string Value)[] same) =>
        new(null, 0, same.ToDictionary(fact => fact.Name, fact => fact.Value), 1, "cpu");

    private sealed class Hanging : ICollectives, IDisposable
    {
        private readonly ManualResetEventSlim _released = new();

        public int Rank => 0;

        public int Size => 2;

        public byte[][] Gather(ReadOnlySpan<byte> own)
        {
            _released.Wait(TimeSpan.FromSeconds(30));
            return [];
        }

        public void Exchange(
            ReadOnlySpan<byte> sent, ReadOnlySpan<int> sentLengths, Span<byte> received,
            ReadOnlySpan<int> receivedLengths)
        {
        }

        public void Release() => _released.Set();

        public void Dispose() => _released.Dispose();
    }
}
