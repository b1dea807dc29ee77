namespace LoNas.Search.Algorithms;

/// <summary>
/// R-NSGA-II's survival (Deb and Sundar 2006) as in pymoo 0.6.0.1: within a rank, the points nearest to an aspiration
/// point survive, but of points closer together than epsilon only one is preferred. Distances are normalised by the
/// first front.
/// </summary>
/// <param name="aspirationPoints">[P, M], in the objectives' units.</param>
/// <param name="epsilon">The normalised distance below which two points count as close.</param>
/// <param name="weights">[M], weights of the objectives; null weights them equally.</param>
/// <param name="extremePoints">Whether the extreme points of what is sorted join the aspiration points.</param>
internal sealed class ReferencePointSurvival(
    IReadOnlyList<IReadOnlyList<double>> aspirationPoints,
    double epsilon,
    IReadOnlyList<double>? weights,
    bool extremePoints)
{
    private const double ExtremeWeight = 1e6;

    private double[]? _ideal;
    private double[]? _nadir;

    /// <summary>Picks up to <paramref name="count"/> survivors; their crowding is minus their nearness rank.</summary>
    public Survivors Pick(IReadOnlyList<double[]> objectives, int count)
    {
        var fronts = NonDominatedSort.Fronts(objectives);
        Normalise([.. fronts[0].Select(point => objectives[point])]);
        double[][] references = [.. aspirationPoints.Select(point => point.ToArray()),
            .. extremePoints ? Extremes(objectives) : []];
        var indices = new List<int>(count);
        var crowding = new List<double>(count);
        foreach (var front in fronts.TakeWhile(_ => indices.Count < count))
        {
            double[][] points = [.. front.Select(point => objectives[point])];
            var nearness = Nearness(points, references);
            int free = count - indices.Count;
            var values = front.Length <= free ? nearness : Thinned(points, nearness);
            var chosen = Enumerable.Range(0, front.Length);
            foreach (int member in front.Length <= free ? chosen : chosen.OrderBy(member => values[member]).Take(free))
            {
                indices.Add(front[member]);
                crowding.Add(-values[member]);
            }
        }

        return new Survivors([.. indices], [.. crowding]);
    }

    private void Normalise(double[][] front)
    {
        // A front of one point has no extent, so the last one is kept.
        if (front.Length > 1 || _ideal is null)
        {
            _ideal = [.. Enumerable.Range(0, front[0].Length).Select(m => front.Min(point => point[m]))];
            _nadir = [.. Enumerable.Range(0, front[0].Length).Select(m => front.Max(point => point[m]))];
        }
    }

    /// <summary>For each objective the point that is best in it; the other objectives hardly count.</summary>
    private double[][] Extremes(IReadOnlyList<double[]> objectives) =>
        [.. Enumerable.Range(0, _ideal!.Length).Select(axis => objectives.MinBy(point => point
            .Select((value, m) => (value - _ideal[m]) * (m == axis ? 1 : ExtremeWeight)).Max())!)];

    /// <summary>For each point its best place when points are ordered by distance to each reference.</summary>
    private double[] Nearness(double[][] points, double[][] references)
    {
        var best = new double[points.Length];
        Array.Fill(best, double.PositiveInfinity);
        foreach (var reference in references)
        {
            var order = Enumerable.Range(0, points.Length)
                .OrderBy(point => Distance(points[point], reference))
                .ToArray();
            for (int place = 0; place < order.Length; place++)
            {
                best[order[place]] = Math.Min(best[order[place]], place);
            }
        }

        return best;
    }

    private double[] Thinned(double[][] points, double[] nearness)
    {
        double[] thinned = [.. nearness];
        var waiting = Enumerable.Range(0, points.Length).OrderBy(point => nearness[point]).ToList();
        while (waiting.Count > 0)
        {
            int first = waiting[0];
            waiting.RemoveAt(0);
            foreach (int close in waiting.Where(point => Distance(points[point], points[first]) < epsilon))
            {
                thinned[close] += Math.Round(points.Length / 2.0);
            }

            waiting.RemoveAll(point => Distance(points[point], points[first]) < epsilon);
        }

        return thinned;
    }

    private double Distance(double[] left, double[] right)
    {
        double sum = 0;
        for (int m = 0; m < left.Length; m++)
        {
            double extent = _nadir![m] - _ideal![m];
            double gap = (left[m] - right[m]) / (extent > 0 ? extent : 1);
            sum += gap * gap * (weights is null ? 1 : weights[m] * left.Length);
        }

        return double.IsNaN(sum) ? double.PositiveInfinity : Math.Sqrt(sum);
    }
}
