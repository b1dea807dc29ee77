using LoNas.Elastic;
using LoNas.Evaluation;
using LoNas.Formats.Nncf;
using LoNas.Search;

namespace LoNas.Cli.Search;

/// <summary>Turns the configuration's description of a search and the flags that replace parts of it into options.</summary>
internal static class SearchSettings
{
    public static SearchOptions Of(
        SearchFlags flags, SearchDescription description, SearchSpace space, Func<SubAdapter, double> cost) =>
        SearchOptions.For(space, Replaced(flags, description)) with
        {
            InitialGenomes = flags.WarmStart
                ? [.. new[] { space.Heuristic, space.Maximal, space.Minimal }.Select(named => Genome.Of(space, named))]
                : [],
            Surrogate = flags.Surrogate,
            ExactCost = genome => cost(Genome.ToSubAdapter(space, genome)),
        };

    /// <summary>How validation records are asked and judged: as the flag says, or as the command trains.</summary>
    public static TaskSuite Suite(SearchFlags flags, TaskSuite own) => flags.SearchTasks switch
    {
        SearchSuite.Math => TaskSuite.Math,
        SearchSuite.Commonsense => TaskSuite.Commonsense,
        _ => own,
    };

    private static SearchDescription Replaced(SearchFlags flags, SearchDescription description) => description with
    {
        Algorithm = flags.SearchAlgorithm is { } algorithm ? NameOf(algorithm) : description.Algorithm,
        Evaluations = flags.NumEvals ?? description.Evaluations,
        Population = flags.Population ?? description.Population,
        Seed = flags.SearchSeed ?? description.Seed,
        // A share of right answers says nothing about a loss: what is measured is compared with instead.
        ReferenceAccuracy = flags.SearchMetric == SearchMetric.Loss ? -1 : description.ReferenceAccuracy,
    };

    private static string NameOf(SearchAlgorithmName algorithm) => algorithm switch
    {
        SearchAlgorithmName.Nsga2 => "NSGA2",
        SearchAlgorithmName.Rnsga2 => "RNSGA2",
        SearchAlgorithmName.Random => "random",
        _ => "hill_climbing",
    };
}
