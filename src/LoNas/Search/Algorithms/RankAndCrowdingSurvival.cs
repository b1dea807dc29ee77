using LoNas.Runtime;

namespace LoNas.Search.Algorithms;

/// <summary>
/// NSGA-II's survival (Deb et al. 2002): the best ranks, and of the rank that does not fit the least crowded.
/// </summary>
internal static class RankAndCrowdingSurvival
{
    /// <summary>
    /// Picks up to <paramref name="count"/> survivors; <paramref name="random"/> breaks ties of crowding.
    /// </summary>
    public static Survivors Pick(IReadOnlyList<double[]> objectives, int count, SeededRandom random)
    {
        var indices = new List<int>(count);
        var crowding = new List<double>(count);
        foreach (var front in NonDominatedSort.Fronts(objectives))
        {
            var distances = CrowdingDistance.Of([.. front.Select(point => objectives[point])]);
            int free = count - indices.Count;
            var chosen = front.Length <= free
                ? Enumerable.Range(0, front.Length)
                : random.Permutation(front.Length).OrderByDescending(member => distances[member]).Take(free);
            foreach (int member in chosen)
            {
                indices.Add(front[member]);
                crowding.Add(distances[member]);
            }

            if (indices.Count == count)
            {
                break;
            }
        }

        return new Survivors([.. indices], [.. crowding]);
    }
}

/// <summary>The individuals of the next generation.</summary>
/// <param name="Indices">[N], their indices among those that were sorted.</param>
/// <param name="Crowding">[N], decides tournaments between equals; larger is better.</param>
internal sealed record Survivors(int[] Indices, double[] Crowding);
