using LoNas.Runtime;

namespace LoNas.Search.Algorithms;

/// <summary>NSGA-II (Deb et al. 2002) with pymoo 0.6.0.1's operators, which is what the reference searches with.</summary>
internal sealed class Nsga2(SearchOptions options, SeededRandom random) : ISearchAlgorithm
{
    private readonly GeneticSearch _search = new(
        options, random, (objectives, count) => RankAndCrowdingSurvival.Pick(objectives, count, random));

    public IReadOnlyList<EvaluatedGenome> Evaluated => _search.Evaluated;

    public IReadOnlyList<int[]> Ask() => _search.Ask();

    public void Tell(IReadOnlyList<int[]> genomes, IReadOnlyList<double[]> objectives) => _search.Tell(genomes, objectives);
}
