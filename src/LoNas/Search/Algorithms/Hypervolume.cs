namespace LoNas.Search.Algorithms;

/// <summary>The area that points dominate: one number for how good a front of two minimised objectives is.</summary>
public static class Hypervolume
{
    /// <summary>The area between the points and a reference point, in the product of both objectives' units.</summary>
    /// <param name="objectives">[N, 2]; dominated points and points beyond the reference add nothing.</param>
    /// <param name="reference">[2], a point that is worse than all of interest.</param>
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
