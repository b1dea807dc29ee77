using LoNas.Formats.Nncf;
using LoNas.Runtime;

namespace LoNas.Search.Algorithms;

/// <summary>Creates searches by name.</summary>
public static class SearchAlgorithms
{
    /// <summary>The names that <see cref="Create"/> knows.</summary>
    public static IReadOnlyList<string> Names { get; } = ["NSGA2", "RNSGA2", "random", "hill_climbing"];

    /// <summary>
    /// The most evaluations that a search makes. Genetic searches make whole generations, as in the reference; the last
    /// generation of the others may be smaller.
    /// </summary>
    public static int EvaluationsOf(SearchDescription description) => description.Algorithm is "NSGA2" or "RNSGA2"
        ? description.Evaluations / description.Population * description.Population
        : description.Evaluations;

    /// <summary>The search that the options name.</summary>
    /// <exception cref="ArgumentException">An option is unknown or impossible; all problems are named.</exception>
    public static ISearchAlgorithm Create(SearchOptions options)
    {
        var problems = SearchOptionCheck.Problems(options, Names).ToArray();
        if (problems.Length > 0)
        {
            throw new ArgumentException($"The search cannot run: {string.Join("; ", problems)}");
        }

        var random = new SeededRandom(options.Description.Seed);
        return options.Description.Algorithm switch
        {
            "NSGA2" => new Nsga2(options, random),
            "RNSGA2" => new RNsga2(options, random),
            "random" => new RandomSearch(options, random),
            _ => new HillClimbing(options, random),
        };
    }
}
