using LoNas.Search;
using LoNas.Search.Algorithms;

namespace LoNas.Cli.Search;

/// <summary>What a search found.</summary>
/// <param name="Axes">What the objectives are.</param>
/// <param name="Evaluated">Every evaluation, in order.</param>
/// <param name="Maximal">The maximal sub-adapter, measured before the search.</param>
/// <param name="Heuristic">The heuristic one, measured before the search.</param>
/// <param name="Best">The recommended one.</param>
internal sealed record SearchOutcome(
    SearchAxes Axes,
    IReadOnlyList<EvaluatedGenome> Evaluated,
    EvaluatedGenome Maximal,
    EvaluatedGenome Heuristic,
    BestChoice Best)
{
    /// <summary>The evaluations that no other beats in both objectives, the cheapest first.</summary>
    public IReadOnlyList<EvaluatedGenome> Front { get; } = ParetoFront.Of(Evaluated);
}
