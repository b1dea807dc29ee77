namespace LoNas.Search.Algorithms;

/// <summary>The evaluations that no other beats in both objectives.</summary>
public static class ParetoFront
{
    /// <summary>
    /// The front by ascending first objective. Of equal ones only the first evaluated is in it, and none that could not
    /// be measured.
    /// </summary>
    /// <param name="evaluated">The evaluations.</param>
    /// <param name="costNoise">
    /// A difference of the first objective up to this one is none: of evaluations that are so near each other the one
    /// with the best second objective is kept.
    /// </param>
    public static IReadOnlyList<EvaluatedGenome> Of(IEnumerable<EvaluatedGenome> evaluated, double costNoise = 0)
    {
        var front = new List<EvaluatedGenome>();
        foreach (var entry in evaluated.Where(entry => entry.IsMeasured)
            .OrderBy(entry => entry.Objectives[0]).ThenBy(entry => entry.Objectives[1]))
        {
            if (front.Count == 0 || entry.Objectives[1] < front[^1].Objectives[1])
            {
                front.Add(entry);
            }
        }

        return costNoise > 0 && front.Count > 0 ? Apart(front, costNoise) : front;
    }

    /// <summary>From the best one down, those that cost less than the last by more than noise.</summary>
    private static List<EvaluatedGenome> Apart(List<EvaluatedGenome> front, double costNoise)
    {
        var apart = new List<EvaluatedGenome> { front[^1] };
        foreach (var entry in Enumerable.Reverse(front))
        {
            if (entry.Objectives[0] < apart[^1].Objectives[0] - costNoise)
            {
                apart.Add(entry);
            }
        }

        apart.Reverse();
        return apart;
    }
}

/// <summary>
/// The area that points dominate: a single number for the quality of a front of two minimised objectives.
/// </summary>
public static class Hypervolume
{
    /// <summary>The area between the points and a reference point, in the product of both objectives' units.</summary>
    /// <param name="objectives">[N, 2]; dominated points and points beyond the reference add nothing.</param>
    /// <param name="reference">[2], a point that is worse than all points of interest.</param>
    public static double Of(IEnumerable<double[]> objectives, double[] reference)
    {
        double area = 0;
        double height = reference[1];
        foreach (var point in objectives.Where(point => point[0] < reference[0]).OrderBy(point => point[0]))
        {
            if (point[1] < height)
            {
                area += (reference[0] - point[0]) * (height - point[1]);
                height = point[1];
            }
        }

        return area;
    }
}
