using System.Diagnostics;
using System.Text.RegularExpressions;
using LoNas.Tests.Support;

namespace LoNas.Tests.Cli.Ranks;

/// <summary>The program as ranks of a real MPI, in processes of their own.</summary>
[Collection(AloneTests.Name)]
public sealed partial class RankRunTests
{
    private static readonly string[] Small = ["bench", "ranks", "--numbers", "0.01", "--rounds", "2"];
    private static readonly string[] Endless = ["bench", "ranks", "--numbers", "0.001", "--rounds", "1000000000"];

    public static TheoryData<string> Launchers => [RankLauncher.OpenMpi, RankLauncher.Mpich];

    [Theory]
    [InlineData(RankLauncher.OpenMpi, 1)]
    [InlineData(RankLauncher.OpenMpi, 2)]
    [InlineData(RankLauncher.OpenMpi, 3)]
    [InlineData(RankLauncher.OpenMpi, 4)]
    [InlineData(RankLauncher.Mpich, 1)]
    [InlineData(RankLauncher.Mpich, 2)]
    [InlineData(RankLauncher.Mpich, 3)]
    [InlineData(RankLauncher.Mpich, 4)]
    public void BenchRanks_SoManyRanks_EverythingArrivesAndTheFirstAloneSpeaks(string launcher, int ranks)
    {
        // The second is more than one call of MPI gathers.
        var run = RankLauncher.Of(launcher).Run(
            ranks, RankLauncher.Bench, ["bench", "ranks", "--numbers", "0.01,20", "--rounds", "2", "--dist", "mpi"]);

        Assert.Equal((0, ""), (run.ExitCode, run.Error));
        Assert.Equal(2, Regex.Count(run.Output, @"\| yes +\|"));
        Assert.Equal(ranks > 1 ? ranks : 0, ProcessesOf(run.Output).Count);
        Assert.DoesNotContain('\u001b', run.Output);
    }

    [Theory]
    [MemberData(nameof(Launchers))]
    public void BenchRanks_DistNone_EachWorksForItself(string launcher)
    {
        var run = RankLauncher.Of(launcher).Run(2, RankLauncher.Bench, [.. Small, "--dist", "none"]);

        Assert.Equal(0, run.ExitCode);
        Assert.Equal(2, Regex.Count(run.Output, @"\| yes +\|"));
        Assert.DoesNotContain("ranks, by", run.Output);
    }

    [Theory]
    [MemberData(nameof(Launchers))]
    public void BenchRanks_OneRankWithOtherOptions_IsNamedOnce(string launcher)
    {
        var run = RankLauncher.Of(launcher).Run(
            RankLauncher.Bench, (1, Small), (1, ["bench", "ranks", "--numbers", "0.01", "--rounds", "3"]));

        ErrorTable.Require("ranks that work on different things", run.ExitCode, run.Error);
        Assert.Equal(1, Regex.Count(run.Error, "error: "));
        Assert.Contains(
            "error: The ranks do not work on the same; give all of them the same:\n"
            + $"  --rounds: 2 on rank 0 on {Environment.MachineName}; 3 on rank 1 on {Environment.MachineName}",
            run.Error.ReplaceLineEndings("\n"));
    }

    [Theory]
    [MemberData(nameof(Launchers))]
    public void BenchRanks_BadOption_IsToldOnce(string launcher)
    {
        var run = RankLauncher.Of(launcher).Run(
            2, RankLauncher.Bench, ["bench", "ranks", "--numbers", "0.01", "--rounds", "0"]);

        Assert.Equal(2, run.ExitCode);
        Assert.Equal(1, Regex.Count(run.Error, "error: --rounds is 0; expected at least 1"));
    }

    [Theory]
    [InlineData(RankLauncher.OpenMpi, "libmpich.so.12", "mpirun of Open MPI started 2 processes")]
    [InlineData(RankLauncher.Mpich, "libmpi.so.40", "mpiexec of MPICH or its kin started 2 processes")]
    public void BenchRanks_LibraryOfAnotherMpi_IsRefusedWithBothNumbers(string launcher, string library, string started)
    {
        var other = launcher == RankLauncher.Mpich ? RankLauncher.OpenMpi : RankLauncher.Mpich;
        Assert.NotNull(RankLauncher.Of(other));
        var run = RankLauncher.Of(launcher).Run(2, RankLauncher.Bench, Small, ("LONAS_MPI", library));

        if (launcher == RankLauncher.OpenMpi)
        {
            ErrorTable.Require("MPI that is not the launcher's", run.ExitCode, run.Error);
        }

        Assert.Equal(2, run.ExitCode);
        Assert.Contains($"error: {started}, and the MPI library sees 1: ", run.Error);
        Assert.Contains($"({library}) is not the launcher's. Start them with the mpirun of that library", run.Error);
    }

    [Theory]
    [MemberData(nameof(Launchers))]
    public void BenchRanks_LibraryThatIsNone_IsToldOnce(string launcher)
    {
        var run = RankLauncher.Of(launcher).Run(2, RankLauncher.Bench, Small, ("LONAS_MPI", "libm.so.6"));

        Assert.Equal(2, run.ExitCode);
        Assert.Equal(1, Regex.Count(run.Error, "error: The MPI library 'libm.so.6' has none of MPI's functions"));
    }

    [Theory]
    [InlineData("bench", "ranks")]
    [InlineData(
        "search", "--model_name_or_path=x", "--lora_weights=x", "--dataset_path=x", "--val_set_size=4",
        "--output_dir=x")]
    public void BenchRanks_LibraryThatIsNone_IsInTheTable(params string[] line)
    {
        Assert.SkipUnless(OperatingSystem.IsLinux(), "the library is Linux's");
        var program = line[0] == "bench" ? RankLauncher.Bench : CliProcess.Program;
        var run = CliProcess.OfProgram(program, [.. line, "--dist", "mpi"], ("LONAS_MPI", "libm.so.6"));

        ErrorTable.Require("LONAS_MPI without an MPI", run.ExitCode, run.Error);
    }

    [Theory]
    [MemberData(nameof(Launchers))]
    public void BenchRanks_ARankIsKilled_AllEndSoon(string launcher)
    {
        using var process = RankLauncher.Of(launcher).Start([(3, Endless)], RankLauncher.Bench);
        var started = ReadRanks(process);
        Signal("KILL", started[1]);
        long since = Stopwatch.GetTimestamp();
        var run = RankLauncher.Read(process);

        Assert.NotEqual(0, run.ExitCode);
        Assert.True(Stopwatch.GetElapsedTime(since) < TimeSpan.FromSeconds(20), "the others went on");
        Assert.All(started, id => Assert.True(Ends(id), $"process {id} is left"));
    }

    [Theory]
    [MemberData(nameof(Launchers))]
    public void BenchRanks_ARankHangs_TheOthersEndAllInTime(string launcher)
    {
        using var process = RankLauncher.Of(launcher).Start(
            [(2, [.. Endless, "--dist_timeout", "3"])], RankLauncher.Bench);
        var started = ReadRanks(process);
        Signal("STOP", started[1]);
        var run = RankLauncher.Read(process);

        ErrorTable.Require("rank that hangs", run.ExitCode, run.Error);
        Assert.Equal(1, Regex.Count(run.Error, "error: rank 0 on .* has waited 3 s for the other ranks"));
        Assert.Contains("(--dist_timeout)", run.Error);
        Assert.All(started, id => Assert.True(Ends(id), $"process {id} is left"));
    }

    [Theory]
    [InlineData(RankLauncher.OpenMpi, "USR1", new[] { 138 })]
    // Hydra gives 0 now and then, though all of its processes have ended with 138.
    [InlineData(RankLauncher.Mpich, "USR1", new[] { 138, 0 })]
    public void BenchRanks_SignalOfTheLauncher_StopsAllInOrder(string launcher, string signal, int[] codes)
    {
        using var process = RankLauncher.Of(launcher).Start([(2, Endless)], RankLauncher.Bench);
        ReadRanks(process);
        Signal(signal, process.Id);
        var run = RankLauncher.Read(process);

        Assert.Contains(run.ExitCode, codes);
        Assert.Equal(1, Regex.Count(run.Error, "error: interrupted"));
    }

    [Theory]
    [MemberData(nameof(Launchers))]
    public void BenchRanks_ErrorOfOneRank_IsToldOnceWithItsName(string launcher)
    {
        // The second rank has no room for its numbers.
        string[] line = ["bench", "ranks", "--numbers", "20", "--rounds", "1"];
        var run = RankLauncher.Read(RankLauncher.Of(launcher).Start(
            [(1, line), (1, line)], RankLauncher.Bench, prefixes: ["env", "env DOTNET_GCHeapHardLimit=0x2400000"]));

        Assert.Equal(1, run.ExitCode);
        Assert.Equal(1, Regex.Count(run.Error, "error: "));
        ErrorTable.Require("rank that fails", run.ExitCode, run.Error);
    }

    private static void Signal(string name, int id)
    {
        using var kill = Process.Start("/bin/kill", [$"-{name}", $"{id}"]);
        kill.WaitForExit();
    }

    private static bool Ends(int id) => SpinWait.SpinUntil(() => !Directory.Exists($"/proc/{id}"), 10_000);

    /// <summary>The processes of the ranks, from the table that they begin with.</summary>
    private static IReadOnlyList<int> ReadRanks(Process process)
    {
        var text = "";
        while (process.StandardOutput.ReadLine() is { } line)
        {
            text += $"{line}\n";
            if (line.StartsWith("+-") && ProcessesOf(text).Count > 0)
            {
                return ProcessesOf(text);
            }
        }

        Assert.Fail($"no ranks: {text}{process.StandardError.ReadToEnd()}");
        return [];
    }

    private static IReadOnlyList<int> ProcessesOf(string output) =>
        [.. RankRow().Matches(output).Select(row => int.Parse(row.Groups[1].Value))];

    [GeneratedRegex(@"^\| \d+ +\| \S+ +\| +(\d+) \| +\d+ \| \S+ +\|", RegexOptions.Multiline)]
    private static partial Regex RankRow();
}
