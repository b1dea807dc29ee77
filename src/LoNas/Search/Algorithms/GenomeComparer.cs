namespace LoNas.Search.Algorithms;

/// <summary>Genomes are equal where all their genes are.</summary>
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
