namespace LoNas.Search.Algorithms;

/// <summary>How isolated each point of a front is, as pymoo 0.6.0.1 measures it.</summary>
public static class CrowdingDistance
{
    /// <summary>
    /// The sum over the objectives of the normalised gaps to both neighbours, divided by the number of objectives. It
    /// is infinite for the ends of each objective and for all points of a front of up to two, and 0 for a repeated
    /// point.
    /// </summary>
    /// <param name="front">[N, M], M objectives of the N points of one front.</param>
    public static double[] Of(IReadOnlyList<double[]> front)
    {
        var distances = new double[front.Count];
        if (front.Count <= 2)
        {
            Array.Fill(distances, double.PositiveInfinity);
            return distances;
        }

        var points = FirstOfEach(front);
        int objectives = front[0].Length;
        for (int m = 0; m < objectives; m++)
        {
            AddGaps(front, points, m, distances);
        }

        foreach (int point in points)
        {
            distances[point] /= objectives;
        }

        return distances;
    }

    private static int[] FirstOfEach(IReadOnlyList<double[]> front) =>
        [.. Enumerable.Range(0, front.Count).Where(
            point => !front.Take(point).Any(earlier => earlier.AsSpan().SequenceEqual(front[point])))];

    private static void AddGaps(IReadOnlyList<double[]> front, int[] points, int m, double[] distances)
    {
        var order = points.OrderBy(point => front[point][m]).ToArray();
        double range = front[order[^1]][m] - front[order[0]][m];
        if (range == 0)
        {
            return;
        }

        for (int i = 0; i < order.Length; i++)
        {
            double value = front[order[i]][m];
            double last = i == 0 ? double.PositiveInfinity : value - front[order[i - 1]][m];
            double next = i == order.Length - 1 ? double.PositiveInfinity : front[order[i + 1]][m] - value;
            double gap = (last / range) + (next / range);
            // Gaps between infinite objectives cannot be compared.
            distances[order[i]] += double.IsNaN(gap) ? 0 : gap;
        }
    }
}
