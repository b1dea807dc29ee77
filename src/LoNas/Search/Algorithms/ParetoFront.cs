namespace LoNas.Search.Algorithms;

/// <summary>The evaluations that no other beats in both objectives.</summary>
public static class ParetoFront
{
    /// <summary>
    /// The front by ascending first objective. Of equal ones only the first evaluated is in it, and none that could not
    /// be measured.
    /// </summary>
    public static IReadOnlyList<EvaluatedGenome> Of(IEnumerable<EvaluatedGenome> evaluated)
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

        return front;
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
