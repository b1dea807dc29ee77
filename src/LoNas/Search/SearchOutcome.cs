using LoNas.Elastic;
using LoNas.Search.Algorithms;

namespace LoNas.Search;

/// <summary>What a search found.</summary>
/// <param name="Axes">What the objectives are.</param>
/// <param name="Evaluated">Every evaluation, in order.</param>
/// <param name="Maximal">The maximal sub-adapter, measured before the search.</param>
/// <param name="Heuristic">The heuristic one, measured before the search.</param>
/// <param name="Best">The recommended one.</param>
public sealed record SearchOutcome(
    SearchAxes Axes,
    IReadOnlyList<EvaluatedGenome> Evaluated,
    EvaluatedGenome Maximal,
    EvaluatedGenome Heuristic,
    BestChoice Best)
{
    /// <summary>
    /// What no other beats in both objectives, the cheapest first; of all that was measured, the maximal and the
    /// heuristic one too. Costs that differ by no more than their noise count as one.
    /// </summary>
    public IReadOnlyList<EvaluatedGenome> Front { get; } =
        ParetoFront.Of([.. Evaluated, Heuristic, Maximal], Axes.CostNoise);

    /// <summary>What was searched.</summary>
    public required SearchSpace Space { get; init; }

    /// <summary>Counts what a sub-adapter costs.</summary>
    public required CostModel Costs { get; init; }

    /// <summary>The recommended sub-adapter.</summary>
    public FoundSubAdapter Recommended => Found(Best.Entry);

    /// <summary>An evaluated sub-adapter, with what it costs and how good it is.</summary>
    public FoundSubAdapter Found(EvaluatedGenome entry)
    {
        var subAdapter = Genome.ToSubAdapter(Space, entry.Genome);
        return new FoundSubAdapter(subAdapter, Costs.Of(Space, subAdapter), Axes.Told(entry.Objectives[1]));
    }
}

/// <summary>A sub-adapter that a search has evaluated.</summary>
/// <param name="SubAdapter">Its widths.</param>
/// <param name="Cost">Its parameters and MACs.</param>
/// <param name="Metric">Its validation accuracy, 0 to 1, or its validation loss, as the search was asked for.</param>
public sealed record FoundSubAdapter(SubAdapter SubAdapter, ModelCost Cost, double Metric);
