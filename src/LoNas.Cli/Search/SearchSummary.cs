using LoNas.Cli.Flags;
using LoNas.Cli.Output;
using LoNas.Search;

namespace LoNas.Cli.Search;

/// <summary>Says what a search found and where it was written.</summary>
internal sealed class SearchSummary(
    RunOptions options, int validation, SearchAxes axes, ConsoleReporter console)
{
    /// <param name="outcome">What was found.</param>
    /// <param name="measured">Sub-adapters measured in this run.</param>
    /// <param name="asked">Validation records that were asked in this run.</param>
    public void Show(SearchOutcome outcome, int measured, long asked)
    {
        if (options.Search.Racing && measured > 0)
        {
            double share = 100.0 * asked / ((long)measured * validation);
            console.Line(FormattableString.Invariant(
                $"racing: {asked} answers for {measured} sub-adapters, {share:0} % of all"));
        }

        if (outcome.Best.Warning is { } warning)
        {
            console.Warn(SettingFlags.Add(warning, outcome.Best.Settings));
        }

        console.Table(
            $"search: {outcome.Evaluated.Count} sub-adapters on {validation} validation records, "
            + $"front of {outcome.Front.Count}",
            ["sub-adapter", CostName(), axes.MetricKey],
            new[] { ("maximal", outcome.Maximal), ("heuristic", outcome.Heuristic), ("best", outcome.Best.Entry) }
                .Select(row => new[]
                {
                    row.Item1, Cost(row.Item2.Objectives[0]), axes.MetricNumber(row.Item2.Objectives[1]),
                }));
        if (outcome.Axes.CostNoise > 0)
        {
            console.Line(FormattableString.Invariant(
                $"noise: two measurements of one sub-adapter differ by up to {outcome.Axes.CostNoise:0.00} ms; ")
                + "the front leaves out what is faster by less");
        }

        console.Line($"front: {Path.Combine(options.Output.OutputDir, SearchFiles.Front)}");
        console.Line($"best: {Path.Combine(options.Output.OutputDir, SearchFiles.Best)}");
        console.Line($"plot: {Path.Combine(options.Output.OutputDir, SearchFiles.Plot)}");
    }

    private string CostName() => axes.Cost switch
    {
        SearchCost.Macs => "MACs",
        SearchCost.Params => "parameters",
        _ => "latency",
    };

    /// <summary>What is counted is an objective in millions, and all its digits are known.</summary>
    private string Cost(double objective) => axes.Cost == SearchCost.Latency
        ? axes.CostText(objective)
        : FormattableString.Invariant($"{Math.Round(objective * 1e6):N0}");
}
