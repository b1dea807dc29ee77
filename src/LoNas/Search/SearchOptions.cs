using LoNas.Elastic;
using LoNas.Formats.Nncf;

namespace LoNas.Search;

/// <summary>How to search; the defaults are NNCF's.</summary>
public sealed record SearchOptions
{
    /// <summary>For each group the length of its width list; gene k is an index below <c>Levels[k]</c>.</summary>
    public required IReadOnlyList<int> Levels { get; init; }

    /// <summary>The configuration's part: algorithm, evaluations, population, seed, operators.</summary>
    public SearchDescription Description { get; init; } = new();

    /// <summary>
    /// Genomes that begin the first generation (default none); the rest of it is random. Hill climbing starts from the
    /// first of them.
    /// </summary>
    public IReadOnlyList<int[]> InitialGenomes { get; init; } = [];

    /// <summary>
    /// Whether a ridge regression on all evaluations so far chooses which offspring are evaluated (default false); for
    /// NSGA2 and RNSGA2 only.
    /// </summary>
    public bool Surrogate { get; init; }

    /// <summary>
    /// Computes the first objective of a genome, if that is cheap, as for MACs; the surrogate then predicts only the
    /// second one. With null (default) it predicts both.
    /// </summary>
    public Func<int[], double>? ExactCost { get; init; }

    /// <summary>The options for a search space, as its configuration describes the search.</summary>
    public static SearchOptions For(SearchSpace space, SearchDescription description) => new()
    {
        Levels = [.. space.Groups.Select(group => group.Widths.Count)],
        Description = description,
    };
}
