using System.Diagnostics;
using LoNas.Search.Sharing;

namespace LoNas.Search;

/// <summary>
/// Measures genomes, each once: genomes that give the same model share their result, and what is known, from an earlier
/// run or from another worker, is not measured again.
/// </summary>
/// <param name="results">Receives every result as it comes, and knows those of others.</param>
/// <param name="modelOf">A text that is equal for genomes that give the same model.</param>
/// <param name="measure">
/// Measures a genome: [2], minimised. Its second argument holds the objectives that it competes with.
/// </param>
public sealed class GenomeMeasurements(
    ISharedResults results, Func<int[], string> modelOf,
    Func<int[], IReadOnlyList<double[]>, CancellationToken, double[]> measure)
{
    private readonly Dictionary<string, double[]> _known = [];

    /// <summary>Genomes that were really measured here, not found or taken from an equal genome.</summary>
    public int MeasuredCount { get; private set; }

    /// <summary>The objectives of genomes that are asked for together, in their order.</summary>
    /// <param name="genomes">For each group the index into its width list.</param>
    /// <param name="rivals">[N, 2], objectives that they compete with; if empty, each is measured to the end.</param>
    /// <param name="onKnown">Called with each in order, as soon as it and those before it are known.</param>
    /// <param name="cancel">Stops the measurement, and between two.</param>
    public void Of(
        IReadOnlyList<int[]> genomes, IReadOnlyList<double[]> rivals, Action<int[], double[]> onKnown,
        CancellationToken cancel)
    {
        string[] models = [.. genomes.Select(modelOf)];
        // The first genome of a model stands for it, with every worker.
        var wanted = models.Zip(genomes).Where(one => !_known.ContainsKey(one.First))
            .DistinctBy(one => one.First).ToArray();
        results.Refresh();
        int[][] missing = [.. wanted.Select(one => one.Second).Where(genome => results.Find(genome) is null)];
        for (int told = 0; ;)
        {
            foreach (var (model, genome) in wanted)
            {
                if (!_known.ContainsKey(model) && results.Find(genome) is { } objectives)
                {
                    _known.Add(model, objectives);
                }
            }

            for (; told < models.Length && _known.TryGetValue(models[told], out var objectives); told++)
            {
                onKnown(genomes[told], objectives);
            }

            if (told == models.Length)
            {
                return;
            }

            if (!results.Work(stop => MeasureOne(missing, rivals, stop), cancel))
            {
                results.Wait(cancel);
            }
        }
    }

    /// <summary>Measures the first genome that nobody else does; false where there is none.</summary>
    private bool MeasureOne(int[][] missing, IReadOnlyList<double[]> rivals, CancellationToken cancel)
    {
        foreach (var (place, genome) in missing.Index().Where(one => results.Find(one.Item) is null))
        {
            using var claim = results.TryClaim(genome, place);
            if (claim is not null)
            {
                Measure(genome, rivals, cancel);
                return true;
            }
        }

        return false;
    }

    private void Measure(int[] genome, IReadOnlyList<double[]> rivals, CancellationToken cancel)
    {
        long start = Stopwatch.GetTimestamp();
        // JSON has no infinity, and the search treats infinity and the largest number alike.
        double[] objectives =
            [.. measure(genome, rivals, cancel).Select(value => double.IsFinite(value) ? value : double.MaxValue)];
        results.Publish(genome, objectives, Stopwatch.GetElapsedTime(start).TotalSeconds);
        MeasuredCount++;
    }
}
