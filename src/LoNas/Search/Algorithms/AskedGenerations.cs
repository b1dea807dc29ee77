namespace LoNas.Search.Algorithms;

/// <summary>The bookkeeping that all searches share: what was asked, and what was told.</summary>
internal sealed class AskedGenerations
{
    private readonly List<EvaluatedGenome> _evaluated = [];
    private IReadOnlyList<int[]>? _asked;

    public IReadOnlyList<EvaluatedGenome> Evaluated => _evaluated;

    /// <summary>Generations told so far.</summary>
    public int Count { get; private set; }

    /// <summary>The generation that is waiting for its results, or else a new one.</summary>
    public IReadOnlyList<int[]> Ask(Func<IReadOnlyList<int[]>> propose) => _asked ??= propose();

    /// <summary>Checks, keeps and returns the results of a generation.</summary>
    public IReadOnlyList<EvaluatedGenome> Tell(IReadOnlyList<int[]> genomes, IReadOnlyList<double[]> objectives)
    {
        if (_asked is null || !genomes.SequenceEqual(_asked, new GenomeComparer()))
        {
            throw new ArgumentException(
                "The genomes told are not those of the last Ask, in its order", nameof(genomes));
        }

        if (objectives.Count != genomes.Count || objectives.Any(row => row.Length != 2))
        {
            throw new ArgumentException(
                $"{genomes.Count} rows of 2 objectives were expected, {objectives.Count} rows came",
                nameof(objectives));
        }

        var told = genomes
            .Select((genome, i) => new EvaluatedGenome(genome, [.. objectives[i].Select(NaNToInfinity)], Count))
            .ToArray();
        _evaluated.AddRange(told);
        _asked = null;
        Count++;
        return told;
    }

    private static double NaNToInfinity(double value) => double.IsNaN(value) ? double.PositiveInfinity : value;
}

/// <summary>Genomes are equal if all their genes are.</summary>
internal sealed class GenomeComparer : IEqualityComparer<int[]>
{
    public bool Equals(int[]? x, int[]? y) => x.AsSpan().SequenceEqual(y);

    public int GetHashCode(int[] genome)
    {
        var hash = new HashCode();
        foreach (int gene in genome)
        {
            hash.Add(gene);
        }

        return hash.ToHashCode();
    }
}
