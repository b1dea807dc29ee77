namespace LoNas.Search.Algorithms;

/// <summary>The evaluations that no other beats in both objectives.</summary>
public static class ParetoFront
{
    /// <summary>The front by ascending first objective; of equal objectives only the first evaluated; none that could not be measured.</summary>
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
