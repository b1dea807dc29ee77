using LoNas.Runtime;

namespace LoNas.Search.Algorithms;

/// <summary>
/// Picks parents: of two, the one that dominates, else the less crowded one, else either. This is pymoo's default,
/// which compares dominance and not rank.
/// </summary>
internal static class BinaryTournament
{
    /// <summary>The winners of <paramref name="count"/> duels; all individuals take part about equally often.</summary>
    /// <param name="objectives">[N, M], M objectives of N individuals.</param>
    /// <param name="crowding">[N], larger is better.</param>
    /// <param name="count">Winners wanted.</param>
    /// <param name="random">Draws the pairs and breaks ties.</param>
    public static int[] Select(
        IReadOnlyList<double[]> objectives, IReadOnlyList<double> crowding, int count, SeededRandom random)
    {
        var drawn = new List<int>(2 * count);
        while (drawn.Count < 2 * count)
        {
            drawn.AddRange(random.Permutation(objectives.Count));
        }

        var winners = new int[count];
        for (int i = 0; i < count; i++)
        {
            winners[i] = Winner(drawn[2 * i], drawn[(2 * i) + 1], objectives, crowding, random);
        }

        return winners;
    }

    private static int Winner(
        int left, int right, IReadOnlyList<double[]> objectives, IReadOnlyList<double> crowding, SeededRandom random)
    {
        if (NonDominatedSort.Dominates(objectives[left], objectives[right]))
        {
            return left;
        }

        if (NonDominatedSort.Dominates(objectives[right], objectives[left]))
        {
            return right;
        }

        return crowding[left].CompareTo(crowding[right]) switch
        {
            > 0 => left,
            < 0 => right,
            _ => random.Next(2) == 0 ? left : right,
        };
    }
}
