using LoNas.Cli.Output;
using LoNas.Formats.Nncf;
using LoNas.Search;
using LoNas.Search.Algorithms;

namespace LoNas.Cli.Search;

/// <summary>The live line of a search: evaluations done, the best so far, time left.</summary>
internal sealed class SearchProgress : IDisposable
{
    private readonly SearchAxes _axes;
    private readonly SearchDescription _description;
    private readonly EvaluatedGenome _maximal;
    private readonly List<EvaluatedGenome> _seen = [];
    private readonly ProgressLine _bar;

    /// <param name="console">Where it is shown.</param>
    /// <param name="axes">What the objectives are.</param>
    /// <param name="description">How many evaluations, and which counts as best.</param>
    /// <param name="maximal">The maximal sub-adapter, already measured.</param>
    /// <param name="known">Evaluations that an earlier run made; they don't count for the rate.</param>
    public SearchProgress(
        ConsoleReporter console, SearchAxes axes, SearchDescription description, EvaluatedGenome maximal, int known)
    {
        (_axes, _description, _maximal) = (axes, description, maximal);
        int total = SearchAlgorithms.EvaluationsOf(description);
        _bar = console.StartBar("search", total, Math.Min(known, total));
    }

    /// <summary>The sub-adapter to recommend by what was seen so far.</summary>
    public BestChoice Best => BestChoice.Of(_seen, _maximal, _description.AccuracyDelta, _description.ReferenceAccuracy);

    /// <summary>Shows one more evaluation.</summary>
    public void Add(EvaluatedGenome entry)
    {
        _seen.Add(entry);
        var best = Best.Entry.Objectives;
        _bar.Update(_seen.Count, $"best {_axes.CostText(best[0])}, {_axes.MetricText(best[1])}");
    }

    public void Dispose() => _bar.Dispose();
}
