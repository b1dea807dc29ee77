using System.Diagnostics;
using System.Text.RegularExpressions;

namespace LoNas.Soak;

/// <summary>
/// Kills a command at random moments and runs it again until it is done, and repeats that until the requested number of
/// kills is reached. Each result must equal that of an uninterrupted run.
/// </summary>
internal sealed partial class KilledWork(string program, string folder, Random random)
{
    /// <summary>One kill in this many waits for the next write and interrupts it.</summary>
    private const int AimedOneIn = 3;

    /// <summary>A write takes some milliseconds.</summary>
    private const double LongestWriteSeconds = 0.02;

    /// <summary>Kills and compares. A folder with differences is kept.</summary>
    public SoakResult Run(Work work, int kills)
    {
        var unbroken = Path.Combine(folder, $"{work.Name} unbroken");
        var first = LoNasProcess.Run(program, work.Line(unbroken));
        if (first.ExitCode != 0)
        {
            return SoakResult.Broken(work.Name, $"the unbroken run ended with {first.ExitCode}:\n{first.Output}");
        }

        var result = new SoakResult(work.Name) { UnbrokenSeconds = first.Seconds };
        for (int round = 1; result.Kills < kills && result.Problems.Count == 0; round++)
        {
            var output = Path.Combine(folder, $"{work.Name} {round}");
            RunUntilDone(work, output, kills, first.Seconds, result);
            result.Problems.AddRange(FolderDifference.Between(unbroken, output).Select(line => $"'{output}': {line}"));
            if (result.Problems.Count == 0)
            {
                Directory.Delete(output, recursive: true);
                result.Rounds++;
            }
        }

        return result;
    }

    private void RunUntilDone(Work work, string output, int kills, double seconds, SoakResult result)
    {
        while (true)
        {
            var before = FolderState.Of(output);
            bool kill = result.Kills < kills;
            var moment = random.NextDouble() * seconds;
            var run = kill
                ? LoNasProcess.Run(program, work.Line(output), Moment(work, output, moment))
                : LoNasProcess.Run(program, work.Line(output));
            result.Problems.AddRange(Resumed(before, run).Select(line => $"'{output}': {line}"));
            if (!run.Killed)
            {
                if (run.ExitCode != 0)
                {
                    result.Problems.Add($"'{output}': the command ended with {run.ExitCode}:\n{run.Output}");
                }

                return;
            }

            var found = FolderState.Of(output);
            result.Count(found);
            Console.WriteLine(FormattableString.Invariant(
                $"{work.Name,-14} kill {result.Kills,2}  after {run.Seconds,5:0.00} s  {found}"));
            result.Problems.AddRange(Damaged(work, output, found).Select(line => $"'{output}': {line}"));
            if (result.Problems.Count > 0)
            {
                return;
            }
        }
    }

    /// <summary>A random moment of the run; some kills then wait for the next write and interrupt it.</summary>
    private Func<double, Process, bool> Moment(Work work, string output, double moment)
    {
        bool aimed = work.Checkpoints is not null && random.Next(AimedOneIn) == 0;
        double delay = random.NextDouble() * LongestWriteSeconds;
        double? write = null;
        return (seconds, process) =>
        {
            if (aimed && write is null && seconds >= moment && FolderState.IsWriting(output))
            {
                write = seconds;
            }

            return aimed ? write is { } start && seconds >= start + delay : seconds >= moment;
        };
    }

    /// <summary>
    /// Every visible checkpoint must equal that of an uninterrupted run, which keeps more of them: lonas_run.json says
    /// how many, and the manifest has its hash.
    /// </summary>
    private static IEnumerable<string> Damaged(Work work, string output, FolderState found) =>
        work.Checkpoints is null ? [] :
        found.Checkpoints.Select(step => $"checkpoint-{step}").SelectMany(name =>
            FolderDifference.Between(
                Path.Combine(work.Checkpoints, name), Path.Combine(output, name), "lonas_run.json", "manifest.json")
                .Select(line => $"{name}: {line}"));

    /// <summary>A training must go on from the newest checkpoint.</summary>
    private static IEnumerable<string> Resumed(FolderState before, LoNasProcess run)
    {
        var from = GoingOn().Match(run.Output);
        if (before.Checkpoints.Count > 0 && run.Output.Contains("saved ", StringComparison.Ordinal)
            && from.Groups[1].Value != $"{before.Checkpoints[^1]}")
        {
            yield return $"checkpoint-{before.Checkpoints[^1]} was there, and the run went on from "
                + $"{(from.Success ? from.Value : "its start")}:\n{run.Output}";
        }
    }

    [GeneratedRegex(@"going on from .*checkpoint-(\d+)")]
    private static partial Regex GoingOn();
}
