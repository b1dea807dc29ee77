namespace LoNas.Search;

/// <summary>Runs a search to its end: ask, measure, tell.</summary>
public static class SearchLoop
{
    /// <summary>Runs the search; after an interruption it continues from what its measurements know.</summary>
    /// <param name="algorithm">A search that has not been told anything yet.</param>
    /// <param name="measurements">Measures genomes.</param>
    /// <param name="onEvaluated">Called with each evaluation as it comes, in the order asked.</param>
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
            int asked = generation;
            var results = new List<double[]>();
            // What a genome competes with is known when its generation begins: in it, each worker has another part.
            measurements.Of(
                genomes,
                seen,
                (genome, objectives) =>
                {
                    results.Add(objectives);
                    onEvaluated?.Invoke(new EvaluatedGenome(genome, objectives, asked));
                },
                cancel);
            algorithm.Tell(genomes, results);
            seen.AddRange(results);
        }

        return algorithm.Evaluated;
    }
}
