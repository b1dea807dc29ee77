namespace LoNas.Soak;

/// <summary>
/// Starts two processes on one output folder at once: one runs, the other is refused and changes nothing.
/// </summary>
internal sealed class TwoAtOnce(string program, string folder, Random random)
{
    /// <summary>The second process starts within this time; a run takes seconds.</summary>
    private const double LongestDelaySeconds = 0.3;

    /// <summary>Starts pairs and compares.</summary>
    /// <param name="work">The command that both run.</param>
    /// <param name="unbroken">The output of a single uninterrupted run.</param>
    /// <param name="pairs">The number of pairs.</param>
    public IReadOnlyList<string> Run(Work work, string unbroken, int pairs)
    {
        var problems = new List<string>();
        for (int pair = 1; pair <= pairs && problems.Count == 0; pair++)
        {
            var output = Path.Combine(folder, $"{work.Name} pair {pair}");
            var delay = TimeSpan.FromSeconds(random.NextDouble() * LongestDelaySeconds);
            var first = Task.Run(() => LoNasProcess.Run(program, work.Line(output)));
            Thread.Sleep(delay);
            var runs = new[] { LoNasProcess.Run(program, work.Line(output)), first.Result };
            problems.AddRange(Problems(runs).Concat(FolderDifference.Between(unbroken, output))
                .Select(line => $"'{output}': {line}"));
            Console.WriteLine(FormattableString.Invariant(
                $"{work.Name,-14} pair {pair,2}  {delay.TotalMilliseconds,3:0} ms apart, ")
                + $"exit codes {runs[1].ExitCode} and {runs[0].ExitCode}");
            if (problems.Count == 0)
            {
                Directory.Delete(output, recursive: true);
            }
        }

        return problems;
    }

    private static IEnumerable<string> Problems(LoNasProcess[] runs)
    {
        if (runs.Count(run => run.ExitCode == 0) != 1
            || runs.Count(run => run.Output.Contains("is in use by another run", StringComparison.Ordinal)) != 1)
        {
            yield return "expected one to run and one to be refused:\n"
                + string.Join("\n---\n", runs.Select(run => run.Output));
        }
    }
}
