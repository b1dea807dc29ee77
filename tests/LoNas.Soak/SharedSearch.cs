using System.Diagnostics;

namespace LoNas.Soak;

/// <summary>
/// Lets several workers search together, each killed at random and started again until it had its kills. What every one
/// leaves must equal an unbroken search by one process.
/// </summary>
/// <param name="program">The built program.</param>
/// <param name="folder">Takes the outputs.</param>
/// <param name="search">The command of the search, without workers and output folder.</param>
/// <param name="seed">Seed of the moments.</param>
internal sealed class SharedSearch(string program, string folder, string[] search, int seed)
{
    private const int WorkerCount = 3;

    /// <summary>What workers have among themselves.</summary>
    private const string MeasuredBy = "search_measured_by.jsonl";

    /// <summary>Starts the workers and compares.</summary>
    /// <param name="name">Where they meet, for messages.</param>
    /// <param name="workers">The same as a flag's value.</param>
    /// <param name="together">Whether they have one output folder.</param>
    /// <param name="kills">Kills of each.</param>
    public SoakResult Run(string name, string workers, bool together, int kills)
    {
        var work = new Work($"workers {name}", search);
        var (unbroken, seconds) = Alone(work, round: 1);
        var result = new SoakResult(work.Name) { UnbrokenSeconds = seconds };
        string OutputOf(int worker) => Path.Combine(folder, together ? $"{work.Name}" : $"{work.Name} {worker}");
        // Workers are killed while there is something to do: the search begins anew until each had its kills.
        int[] left = [.. Enumerable.Repeat(kills, WorkerCount)];
        for (int round = 1; (round == 1 || left.Sum() > 0) && result.Problems.Count == 0; round++)
        {
            var clock = Stopwatch.StartNew();
            Parallel.For(0, WorkerCount, new ParallelOptions { MaxDegreeOfParallelism = WorkerCount }, worker =>
                KeepAlive(
                    [.. work.Line(OutputOf(worker)), $"--workers={workers}", $"--search_seed={round}"],
                    new Random(seed + (100 * round) + worker), seconds, ref left[worker], result));
            Compare(round == 1 ? unbroken : Alone(work, round).Output, OutputOf, result);
            Console.WriteLine(FormattableString.Invariant(
                $"{work.Name,-16} round {round}: {result.Kills} kills so far, {clock.Elapsed.TotalSeconds:0} s, ")
                + $"{result.Problems.Count} differences");
        }

        return result;
    }

    private (string Output, double Seconds) Alone(Work work, int round)
    {
        var output = Path.Combine(folder, $"{work.Name} unbroken {round}");
        var run = LoNasProcess.Run(program, [.. work.Line(output), $"--search_seed={round}"]);
        return run.ExitCode == 0 ? (output, run.Seconds) : throw new InvalidOperationException(run.Output);
    }

    private void KeepAlive(string[] line, Random random, double seconds, ref int left, SoakResult result)
    {
        while (true)
        {
            double moment = random.NextDouble() * seconds;
            bool kills = left > 0;
            var run = LoNasProcess.Run(program, line, (elapsed, _) => kills && elapsed >= moment);
            if (!run.Killed)
            {
                if (run.ExitCode != 0)
                {
                    lock (result)
                    {
                        result.Problems.Add($"a worker ended with {run.ExitCode}:\n{run.Output}");
                    }
                }

                return;
            }

            left--;
            lock (result)
            {
                result.Count(FolderState.Of(line[^3].Split('=', 2)[1]));
            }
        }
    }

    private static void Compare(string unbroken, Func<int, string> output, SoakResult result)
    {
        foreach (var path in Enumerable.Range(0, WorkerCount).Select(output).Distinct())
        {
            result.Problems.AddRange(FolderDifference.Between(unbroken, path, MeasuredBy)
                .Select(line => $"'{path}': {line}"));
            if (result.Problems.Count == 0)
            {
                result.Rounds++;
                Directory.Delete(path, recursive: true);
            }
        }
    }
}
