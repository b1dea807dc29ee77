namespace LoNas.Search.Algorithms;

/// <summary>Sorts points into fronts, all objectives minimised (Deb et al. 2002, fast non-dominated sort).</summary>
public static class NonDominatedSort
{
    /// <summary>The rank of each point: 0 if no other dominates it, n if only points of lower ranks do.</summary>
    /// <param name="objectives">[N, M], M objectives of N points.</param>
    public static int[] Ranks(IReadOnlyList<double[]> objectives)
    {
        var ranks = new int[objectives.Count];
        var fronts = Fronts(objectives);
        for (int rank = 0; rank < fronts.Count; rank++)
        {
            foreach (int point in fronts[rank])
            {
                ranks[point] = rank;
            }
        }

        return ranks;
    }

    /// <summary>The points of each rank, as ascending indices.</summary>
    /// <param name="objectives">[N, M], M objectives of N points.</param>
    public static IReadOnlyList<int[]> Fronts(IReadOnlyList<double[]> objectives)
    {
        var dominators = new int[objectives.Count];
        var dominated = Dominated(objectives, dominators);
        var fronts = new List<int[]>();
        int[] front = [.. Enumerable.Range(0, objectives.Count).Where(point => dominators[point] == 0)];
        while (front.Length > 0)
        {
            fronts.Add(front);
            front = [.. front.SelectMany(point => dominated[point]).Where(point => --dominators[point] == 0).Order()];
        }

        return fronts;
    }

    /// <summary>Whether <paramref name="left"/> is nowhere worse and somewhere better.</summary>
    internal static bool Dominates(double[] left, double[] right)
    {
        bool isBetter = false;
        for (int m = 0; m < left.Length; m++)
        {
            if (left[m] > right[m])
            {
                return false;
            }

            isBetter |= left[m] < right[m];
        }

        return isBetter;
    }

    private static List<int>[] Dominated(IReadOnlyList<double[]> objectives, int[] dominators)
    {
        var dominated = new List<int>[objectives.Count];
        for (int i = 0; i < dominated.Length; i++)
        {
            dominated[i] = [];
            for (int j = 0; j < dominated.Length; j++)
            {
                if (Dominates(objectives[i], objectives[j]))
                {
                    dominated[i].Add(j);
                    dominators[j]++;
                }
            }
        }

        return dominated;
    }
}
