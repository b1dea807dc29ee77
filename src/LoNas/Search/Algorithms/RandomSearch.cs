using LoNas.Runtime;

namespace LoNas.Search.Algorithms;

/// <summary>Random genomes, none twice: the baseline any search must beat.</summary>
internal sealed class RandomSearch(SearchOptions options, SeededRandom random) : ISearchAlgorithm
{
    private readonly AskedGenerations _generations = new();
    private readonly HashSet<int[]> _known = new(new GenomeComparer());
    private readonly IntegerSampling _sampling = new(options.Levels, random);

    public IReadOnlyList<EvaluatedGenome> Evaluated => _generations.Evaluated;

    public IReadOnlyList<int[]> Ask() => _generations.Ask(Propose);

    public void Tell(IReadOnlyList<int[]> genomes, IReadOnlyList<double[]> objectives) =>
        _generations.Tell(genomes, objectives);

    private List<int[]> Propose()
    {
        int count = Math.Min(options.Description.Population, options.Description.Evaluations - Evaluated.Count);
        var proposed = _generations.Count == 0
            ? options.InitialGenomes.Where(_known.Add).Take(count).ToList()
            : [];
        proposed.AddRange(_sampling.Distinct(count - proposed.Count, _known));
        return proposed;
    }
}
