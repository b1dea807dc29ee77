namespace LoNas.Search;

/// <summary>Runs a search to its end: ask, measure, tell.</summary>
public static class SearchLoop
{
    /// <summary>Runs the search; after an interruption the journal of the measurements makes it go on where it was.</summary>
    /// <param name="algorithm">A search that nothing was told yet.</param>
    /// <param name="measurements">Measures genomes.</param>
    /// <param name="onEvaluated">Called with each evaluation as it comes.</param>
    /// <param name="cancel">Stops between two evaluations.</param>
    /// <returns>Every evaluation, in order.</returns>
    public static IReadOnlyList<EvaluatedGenome> Run(
        ISearchAlgorithm algorithm,
        GenomeMeasurements measurements,
        Action<EvaluatedGenome>? onEvaluated = null,
        CancellationToken cancel = default)
    {
        var seen = new List<double[]>();
        for (int generation = 0; algorithm.Ask() is { Count: > 0 } genomes; generation++)
        {
            int before = seen.Count;
            foreach (var genome in genomes)
            {
                cancel.ThrowIfCancellationRequested();
                seen.Add(measurements.Of(genome, seen));
                onEvaluated?.Invoke(new EvaluatedGenome(genome, seen[^1], generation));
            }

            algorithm.Tell(genomes, seen[before..]);
        }

        return algorithm.Evaluated;
    }
}
