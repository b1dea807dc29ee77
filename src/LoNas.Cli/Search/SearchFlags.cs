using LoNas.Search;

namespace LoNas.Cli.Search;

/// <summary>The options of a search, which several commands share; what they do stands in <see cref="SearchTable"/>.</summary>
internal sealed record SearchFlags
{
    public bool DoSearch { get; init; }

    /// <summary>Null: the command's own.</summary>
    public SearchSuite? SearchTasks { get; init; }

    public SearchMetric SearchMetric { get; init; } = SearchMetric.Accuracy;

    public SearchCost SearchCost { get; init; } = SearchCost.Macs;

    /// <summary>Null: the configuration's.</summary>
    public SearchAlgorithmName? SearchAlgorithm { get; init; }

    /// <summary>Null: the configuration's.</summary>
    public int? NumEvals { get; init; }

    /// <summary>Null: the configuration's.</summary>
    public int? Population { get; init; }

    /// <summary>Null: the configuration's.</summary>
    public int? SearchSeed { get; init; }

    public bool WarmStart { get; init; }

    public bool Racing { get; init; }

    public bool Surrogate { get; init; }

    /// <summary>Whether a value differs from its default, <see cref="DoSearch"/> aside.</summary>
    public bool IsAnythingSet => this != new SearchFlags { DoSearch = DoSearch };
}
