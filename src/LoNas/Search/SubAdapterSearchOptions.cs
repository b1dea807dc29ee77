using System.Text.Json.Nodes;
using LoNas.Data;
using LoNas.Evaluation;

namespace LoNas.Search;

/// <summary>
/// What a search wants and how it judges. What is null is as the configuration of the search space says.
/// </summary>
public sealed record SubAdapterSearchOptions
{
    /// <summary>How good a sub-adapter is; accuracy by default.</summary>
    public SearchMetric Metric { get; init; } = SearchMetric.Accuracy;

    /// <summary>What it costs; MACs by default.</summary>
    public SearchCost Cost { get; init; } = SearchCost.Macs;

    /// <summary>NSGA2, RNSGA2, random or hill_climbing; null, the default, is the configuration's.</summary>
    public string? Algorithm { get; init; }

    /// <summary>Sub-adapters evaluated; null, the default, is the configuration's number.</summary>
    public int? Evaluations { get; init; }

    /// <summary>Sub-adapters of a generation; null, the default, is the configuration's number.</summary>
    public int? Population { get; init; }

    /// <summary>Seed of the search's draws; null, the default, is the configuration's.</summary>
    public int? Seed { get; init; }

    /// <summary>
    /// Whether the first generation holds the heuristic, maximal and minimal sub-adapter; no by default.
    /// </summary>
    public bool WarmStart { get; init; }

    /// <summary>Whether sub-adapters that fall behind are judged by fewer records; no by default.</summary>
    public bool Racing { get; init; }

    /// <summary>Whether a regression chooses the offspring worth evaluating; no by default.</summary>
    public bool Surrogate { get; init; }

    /// <summary>How validation records are asked, for accuracy.</summary>
    public EvaluationOptions Evaluation { get; init; } = new();

    /// <summary>How validation records become examples, for the loss.</summary>
    public DataOptions Data { get; init; } = new();

    /// <summary>Records of a batch, for the loss; 8 by default.</summary>
    public int LossBatchSize { get; init; } = 8;

    /// <summary>
    /// What the journal of a search belongs to, asked for when it is opened; null, the default, is the model, its
    /// adapter and these options.
    /// </summary>
    public Func<JsonObject>? Identity { get; init; }
}
