namespace LoNas.Search;

/// <summary>Runs a search to its end: ask, measure, tell.</summary>
public static class SearchLoop
{
    /// <summary>Runs the search; after an interruption it continues from the journal of the measurements.</summary>
    /// <param name="algorithm">A search that has not been told anything yet.</param>
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

/// <summary>
/// Measures genomes, each once: genomes that give the same model share their result, and one that is in the journal is
/// not measured again.
/// </summary>
/// <param name="journal">Receives every result as it comes; null keeps them in memory alone.</param>
/// <param name="modelOf">A text that is equal for genomes that give the same model.</param>
/// <param name="measure">
/// Measures a genome: [2], minimised. Its second argument holds the objectives measured so far.
/// </param>
public sealed class GenomeMeasurements(
    SearchJournal? journal, Func<int[], string> modelOf, Func<int[], IReadOnlyList<double[]>, double[]> measure)
{
    private readonly Dictionary<string, double[]> _known = [];

    /// <summary>Genomes that were really measured, not taken from the journal or from an equal genome.</summary>
    public int MeasuredCount { get; private set; }

    /// <summary>The objectives of a genome.</summary>
    /// <param name="genome">For each group the index into its width list.</param>
    /// <param name="rivals">[N, 2], objectives that it competes with; if empty, it is measured to the end.</param>
    public double[] Of(int[] genome, IReadOnlyList<double[]> rivals)
    {
        string model = modelOf(genome);
        if (!_known.TryGetValue(model, out var objectives))
        {
            objectives = journal?.Find(genome) ?? Measure(genome, rivals);
            _known.Add(model, objectives);
        }

        return objectives;
    }

    private double[] Measure(int[] genome, IReadOnlyList<double[]> rivals)
    {
        // JSON has no infinity, and the search treats infinity and the largest number alike.
        double[] objectives =
            [.. measure(genome, rivals).Select(value => double.IsFinite(value) ? value : double.MaxValue)];
        journal?.Append(genome, objectives);
        MeasuredCount++;
        return objectives;
    }
}
