using LoNas.Runtime;

namespace LoNas.Search.Algorithms;

/// <summary>Random genomes, every gene uniform over its levels.</summary>
internal sealed class IntegerSampling(IReadOnlyList<int> levels, SeededRandom random)
{
    /// <summary>Draws for each new genome before a space counts as exhausted.</summary>
    private const int Attempts = 100;

    /// <summary>Adds genomes that are not in <paramref name="known"/> to it; fewer where the space has no more.</summary>
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
