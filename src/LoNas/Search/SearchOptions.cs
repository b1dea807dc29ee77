using LoNas.Elastic;
using LoNas.Formats.Nncf;

namespace LoNas.Search;

/// <summary>How to search; the defaults are NNCF's.</summary>
public sealed record SearchOptions
{
    /// <summary>For each group the number of widths in its list; gene k is an index below <c>Levels[k]</c>.</summary>
    public required IReadOnlyList<int> Levels { get; init; }

    /// <summary>What the configuration says: algorithm, evaluations, population, seed, operators.</summary>
    public SearchDescription Description { get; init; } = new();

    /// <summary>
    /// Genomes of the first generation, the rest of which is random (default none). Hill climbing starts from the first.
    /// </summary>
    public IReadOnlyList<int[]> InitialGenomes { get; init; } = [];

    /// <summary>
    /// Whether a ridge regression on all evaluations so far chooses the offspring worth evaluating, for NSGA2 and RNSGA2
    /// (default false).
    /// </summary>
    public bool Surrogate { get; init; }

    /// <summary>
    /// The first objective of a genome where it costs nothing to compute, such as MACs; the surrogate then predicts only
    /// the second one. Null (default) predicts both.
    /// </summary>
    public Func<int[], double>? ExactCost { get; init; }

    /// <summary>The options for a search space, as its configuration describes the search.</summary>
    public static SearchOptions For(SearchSpace space, SearchDescription description) => new()
    {
        Levels = [.. space.Groups.Select(group => group.Widths.Count)],
        Description = description,
    };
}
