using LoNas.Runtime;

namespace LoNas.Search.Algorithms;

/// <summary>R-NSGA-II (Deb and Sundar 2006): NSGA-II that prefers the neighbourhood of aspiration points.</summary>
internal sealed class RNsga2(SearchOptions options, SeededRandom random) : ISearchAlgorithm
{
    private readonly GeneticSearch _search = new(
        options,
        random,
        new ReferencePointSurvival(
            options.Description.AspirationPoints,
            options.Description.Epsilon,
            options.Description.Weights,
            options.Description.ExtremePoints).Pick);

    public IReadOnlyList<EvaluatedGenome> Evaluated => _search.Evaluated;

    public IReadOnlyList<int[]> Ask() => _search.Ask();

    public void Tell(IReadOnlyList<int[]> genomes, IReadOnlyList<double[]> objectives) => _search.Tell(genomes, objectives);
}
