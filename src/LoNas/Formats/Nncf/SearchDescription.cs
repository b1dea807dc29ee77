using LoNas.Storage;

namespace LoNas.Formats.Nncf;

/// <summary>
/// The settings of the search for sub-adapters (<c>bootstrapNAS.search</c>). The defaults are NNCF's.
/// </summary>
public sealed record SearchDescription
{
    /// <summary>"NSGA2" (default) or "RNSGA2".</summary>
    public string Algorithm { get; init; } = "NSGA2";

    /// <summary>The total number of evaluations (default 3000).</summary>
    public int Evaluations { get; init; } = 3000;

    /// <summary>The number of sub-adapters in a generation (default 40).</summary>
    public int Population { get; init; } = 40;

    /// <summary>Seed of the search (default 0).</summary>
    public int Seed { get; init; }

    /// <summary>SBX crossover: probability per pair (default 0.9).</summary>
    public double CrossoverProbability { get; init; } = 0.9;

    /// <summary>SBX crossover: distribution index (default 10).</summary>
    public double CrossoverEta { get; init; } = 10;

    /// <summary>Polynomial mutation: probability per individual (default 0.02).</summary>
    public double MutationProbability { get; init; } = 0.02;

    /// <summary>Polynomial mutation: distribution index (default 3).</summary>
    public double MutationEta { get; init; } = 3;

    /// <summary>How much accuracy may be lost compared with <see cref="ReferenceAccuracy"/> (default 1).</summary>
    public double AccuracyDelta { get; init; } = 1;

    /// <summary>The accuracy to compare with; -1 (default) measures that of the maximal sub-adapter.</summary>
    public double ReferenceAccuracy { get; init; } = -1;

    /// <summary>
    /// R-NSGA-II: the preferred points in objective space (MACs, accuracy); by default one at (0, 0).
    /// </summary>
    public IReadOnlyList<IReadOnlyList<double>> AspirationPoints { get; init; } = [[0, 0]];

    /// <summary>R-NSGA-II: smallest distance between survivors (default 0.001).</summary>
    public double Epsilon { get; init; } = 0.001;

    /// <summary>R-NSGA-II: weights of the two objectives; null (default) for equal weights.</summary>
    public IReadOnlyList<double>? Weights { get; init; }

    /// <summary>R-NSGA-II: whether extreme points are added to the aspiration points (default false).</summary>
    public bool ExtremePoints { get; init; }

    /// <summary>The name of the metric in the reference's trainer. It has no effect here.</summary>
    public string? EvalMetricName { get; init; }

    /// <summary>Reads <c>bootstrapNAS.search</c>.</summary>
    internal static SearchDescription Read(ConfigurationNode node)
    {
        node.Object(
            "algorithm", "batchnorm_adaptation", "num_evals", "population", "seed", "crossover_prob", "crossover_eta",
            "mutation_prob", "mutation_eta", "acc_delta", "ref_acc", "aspiration_points", "epsilon", "weights",
            "extreme_points_as_ref_points", "eval_metric_name");
        var defaults = new SearchDescription();
        var search = new SearchDescription
        {
            Algorithm = node["algorithm"].Choice("NSGA2", "RNSGA2"),
            Evaluations = node["num_evals"].Integer(defaults.Evaluations, minimum: 1),
            Population = node["population"].Integer(defaults.Population, minimum: 1),
            Seed = node["seed"].Integer(defaults.Seed, minimum: 0),
            CrossoverProbability = node["crossover_prob"].Number(defaults.CrossoverProbability, minimum: 0, maximum: 1),
            CrossoverEta = node["crossover_eta"].Number(defaults.CrossoverEta, minimum: 0),
            MutationProbability = node["mutation_prob"].Number(defaults.MutationProbability, minimum: 0, maximum: 1),
            MutationEta = node["mutation_eta"].Number(defaults.MutationEta, minimum: 0),
            AccuracyDelta = node["acc_delta"].Number(defaults.AccuracyDelta, minimum: 0),
            ReferenceAccuracy = node["ref_acc"].Number(defaults.ReferenceAccuracy, minimum: -1),
            AspirationPoints = ReadPoints(node["aspiration_points"]) ?? defaults.AspirationPoints,
            Epsilon = node["epsilon"].Number(defaults.Epsilon, minimum: 0),
            Weights = ReadPair(node["weights"]),
            ExtremePoints = node["extreme_points_as_ref_points"].Boolean(false),
            EvalMetricName = node["eval_metric_name"].Text(),
        };
        CheckPopulation(node, search);
        return search;
    }

    private static void CheckPopulation(ConfigurationNode node, SearchDescription search)
    {
        if (search.Population > search.Evaluations)
        {
            node["population"].AddError(
                $"a population of {search.Population} needs more than the {search.Evaluations} evaluations of "
                + "num_evals; raise num_evals or lower population");
        }
    }

    private static IReadOnlyList<IReadOnlyList<double>>? ReadPoints(ConfigurationNode node) => node.IsPresent
        ? [.. node.Items().Select(ReadPair).OfType<IReadOnlyList<double>>()]
        : null;

    private static double[]? ReadPair(ConfigurationNode node)
    {
        if (!node.IsPresent)
        {
            return null;
        }

        var values = node.Items().Select(item => item.Number(0)).ToArray();
        if (values.Length == 2)
        {
            return values;
        }

        node.AddError("expected two numbers, one per objective (MACs, accuracy)");
        return null;
    }
}
