using LoNas.Runtime;

namespace LoNas.Search.Algorithms;

/// <summary>Random genomes, none twice: the baseline that any search must beat.</summary>
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

/// <summary>Random genomes, every gene uniform over its levels.</summary>
internal sealed class IntegerSampling(IReadOnlyList<int> levels, SeededRandom random)
{
    /// <summary>Draws per new genome before a space counts as exhausted.</summary>
    private const int Attempts = 100;

    /// <summary>
    /// Draws genomes that are not in <paramref name="known"/> and adds them; fewer if the space has no more.
    /// </summary>
    public List<int[]> Distinct(int count, HashSet<int[]> known)
    {
        var genomes = new List<int[]>(count);
        for (int attempt = 0; genomes.Count < count && attempt < Attempts * count; attempt++)
        {
            int[] genome = [.. levels.Select(random.Next)];
            if (known.Add(genome))
            {
                genomes.Add(genome);
            }
        }

        return genomes;
    }
}
