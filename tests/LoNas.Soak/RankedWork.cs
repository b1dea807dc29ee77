using System.Diagnostics;
using System.Text.RegularExpressions;

namespace LoNas.Soak;

/// <summary>
/// A training by several ranks under each installed MPI: it must write what one process writes, also where a rank is
/// killed, and where other numbers of ranks go on with it.
/// </summary>
internal sealed partial class RankedWork(string program, string folder, SampleWork sample, Random random)
{
    /// <summary>How long the other ranks and the launcher may outlive a killed rank.</summary>
    private const double LongestEndSeconds = 10;

    private static readonly int[] Sizes = [1, 2, 4];

    /// <summary>Compares and kills.</summary>
    /// <param name="kills">Kills of a rank of three.</param>
    public IEnumerable<SoakResult> Run(int kills)
    {
        var launchers = MpiLauncher.Installed();
        string[] unbroken = [Unbroken(bf16: false), Unbroken(bf16: true)];
        foreach (var mpi in launchers)
        {
            foreach (bool bf16 in new[] { false, true })
            {
                yield return Compare(mpi, bf16, unbroken[bf16 ? 1 : 0]);
            }

            yield return GoOnWithOthers(mpi, unbroken[0]);
        }

        foreach (var (index, mpi) in launchers.Index())
        {
            int share = (kills * (index + 1) / launchers.Count) - (kills * index / launchers.Count);
            yield return Kill(mpi, share, unbroken[0]);
        }
    }

    private string Unbroken(bool bf16)
    {
        var output = Path.Combine(folder, bf16 ? "one process bf16" : "one process");
        var run = LoNasProcess.Run(program, Line(bf16, output));
        return run.ExitCode == 0 ? output : throw new InvalidOperationException(run.Output);
    }

    private string[] Line(bool bf16, string output) => [.. sample.RankedTraining(bf16), $"--output_dir={output}"];

    private SoakResult Compare(MpiLauncher mpi, bool bf16, string unbroken)
    {
        var name = $"{mpi.Name}, {(bf16 ? "bfloat16" : "float32")}";
        var result = new SoakResult(name);
        foreach (int ranks in Sizes)
        {
            var output = Path.Combine(folder, $"{name} {ranks} ranks");
            var run = mpi.Run(program, ranks, Line(bf16, output));
            Console.WriteLine(FormattableString.Invariant($"{name}: {ranks} ranks in {run.Seconds:0.0} s"));
            Check(run, unbroken, output, result);
        }

        return result;
    }

    /// <summary>Four ranks are killed; one process goes on, and two ranks in a copy of the folder.</summary>
    private SoakResult GoOnWithOthers(MpiLauncher mpi, string unbroken)
    {
        var result = new SoakResult($"{mpi.Name}, 4 then 1 or 2");
        var output = Path.Combine(folder, $"{result.Name} killed");
        // With one checkpoint of two there, which lies within a window.
        KillOne(mpi, 4, output, after: 0, result, ready: () => FolderState.Of(output).Checkpoints.Count == 1);
        foreach (int ranks in new[] { 1, 2 })
        {
            var copy = Path.Combine(folder, $"{result.Name} {ranks}");
            Copy(output, copy);
            var run = ranks == 1
                ? LoNasProcess.Run(program, Line(false, copy)) : mpi.Run(program, ranks, Line(false, copy));
            var place = GoingOn().Match(run.Output);
            if (!place.Success || place.Groups[1].Value == place.Groups[2].Value)
            {
                result.Problems.Add($"'{copy}' had nothing left to train, or did not go on:\n{run.Output}");
            }

            Check(run, unbroken, copy, result);
        }

        return result;
    }

    private SoakResult Kill(MpiLauncher mpi, int kills, string unbroken)
    {
        var result = new SoakResult($"{mpi.Name}, a rank of 3");
        var clock = Stopwatch.StartNew();
        var first = mpi.Run(program, 3, Line(false, Path.Combine(folder, $"{result.Name} unbroken")));
        Check(first, unbroken, Path.Combine(folder, $"{result.Name} unbroken"), result);
        double longest = 0;
        for (int round = 1; result.Kills < kills && result.Problems.Count == 0; round++)
        {
            var output = Path.Combine(folder, $"{result.Name} {round}");
            longest = Math.Max(
                longest, KillOne(mpi, 3, output, random.NextDouble() * first.Seconds, result, () => true));
            Check(mpi.Run(program, 3, Line(false, output)), unbroken, output, result);
        }

        Console.WriteLine(FormattableString.Invariant($"{result.Name}: all had ended {longest:0.0} s after a kill"));
        return result;
    }

    /// <summary>Kills a random rank at a moment, and sees how the others end.</summary>
    /// <returns>Seconds from the kill until all processes had ended.</returns>
    private double KillOne(
        MpiLauncher mpi, int ranks, string output, double after, SoakResult result, Func<bool> ready)
    {
        double killed = -1;
        var run = mpi.Run(program, ranks, Line(false, output), seconds =>
        {
            if (killed < 0 && seconds >= after && ready()
                && MpiLauncher.Ranks(program, output) is { Count: > 0 } all && all.Count == ranks)
            {
                using var rank = Process.GetProcessById(all[random.Next(all.Count)]);
                rank.Kill();
                killed = seconds;
            }
        });
        if (killed < 0)
        {
            return 0; // it ended before
        }

        double took = run.Seconds - killed;
        result.Count(FolderState.Of(output));
        Console.WriteLine(FormattableString.Invariant(
            $"{result.Name}: kill {result.Kills,2} after {killed,5:0.00} s, all ended {took:0.0} s later"));
        if (run.ExitCode == 0)
        {
            result.Problems.Add($"'{output}': a rank was killed and the launcher gave 0:\n{run.Output}");
        }

        if (took > LongestEndSeconds || MpiLauncher.Ranks(program, output).Count > 0)
        {
            result.Problems.Add(FormattableString.Invariant(
                $"'{output}': ranks outlived one that was killed ({took:0.0} s):\n{run.Output}"));
        }

        return took;
    }

    private static void Check(LoNasProcess run, string unbroken, string output, SoakResult result)
    {
        result.Rounds++;
        result.Problems.AddRange(run.ExitCode == 0
            ? FolderDifference.Between(unbroken, output).Select(line => $"'{output}': {line}")
            : [$"'{output}': the command ended with {run.ExitCode}:\n{run.Output}"]);
    }

    [GeneratedRegex(@"going on from .*, step (\d+) of (\d+)")]
    private static partial Regex GoingOn();

    private static void Copy(string from, string to)
    {
        foreach (var path in Directory.EnumerateFiles(from, "*", SearchOption.AllDirectories))
        {
            var target = Path.Combine(to, Path.GetRelativePath(from, path));
            Directory.CreateDirectory(Path.GetDirectoryName(target)!);
            File.Copy(path, target);
        }
    }
}
