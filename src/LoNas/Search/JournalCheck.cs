using System.Globalization;
using LoNas.Elastic;
using LoNas.Evaluation.Glue;

namespace LoNas.Search;

/// <summary>
/// Holds an evaluation of a journal against what can be computed again: a number that somebody changed, or that a
/// fault of a disk did, would otherwise lead the whole rest of the search.
/// </summary>
/// <param name="space">What is searched.</param>
/// <param name="axes">What the objectives are.</param>
/// <param name="costOf">The first objective of a sub-adapter.</param>
/// <param name="records">How many validation records an accuracy is a share of; null where it may be of fewer.</param>
internal sealed class JournalCheck(
    SearchSpace space, SearchAxes axes, Func<SubAdapter, double> costOf, int? records)
{
    /// <summary>Sums of measured times may be added up in another order by another version.</summary>
    private const double Tolerance = 1e-9;

    /// <summary>What the evaluation can't have; null where it is possible.</summary>
    public string? Problem(int[] genome, double[] objectives) =>
        OfGenome(genome) ?? OfCost(genome, objectives[0]) ?? OfMetric(objectives[1]);

    private string? OfGenome(int[] genome)
    {
        if (genome.Length != space.Groups.Count)
        {
            return $"its genome has {genome.Length} entries, and the search space {space.Groups.Count} groups";
        }

        int group = Array.FindIndex(
            [.. space.Groups], group => genome[group.Index] >= group.Widths.Count);
        return group < 0 ? null
            : $"its genome has {genome[group]} for group {group}, whose widths are 0 to "
                + $"{space.Groups[group].Widths.Count - 1}";
    }

    private string? OfCost(int[] genome, double told)
    {
        double cost = costOf(Genome.ToSubAdapter(space, genome));
        return Math.Abs(told - cost) <= Tolerance * Math.Abs(cost) ? null
            : $"its first objective is {Text(told)}, and its genome has {Text(cost)} ({axes.Columns[0]}, in "
                + $"{(axes.Cost == SearchCost.Latency ? "ms" : "millions")})";
    }

    private string? OfMetric(double objective)
    {
        double told = axes.Told(objective);
        if (axes.Metric == SearchMetric.Loss)
        {
            return told >= 0 ? null : $"its loss is {Text(told)}; expected at least 0";
        }

        if (axes.MetricKey != GlueTask.AccuracyName)
        {
            return told is >= -1 and <= 1 ? null : $"its {axes.MetricKey} is {Text(told)}; expected -1 to 1";
        }

        double right = told * (records ?? 0);
        return told is not (>= 0 and <= 1) ? $"its accuracy is {Text(told)}; expected 0 to 1"
            : Math.Abs(right - Math.Round(right)) > Tolerance * Math.Max(1, right)
                ? $"its accuracy is {Text(told)}, which is no share of {records} records"
            : null;
    }

    private static string Text(double value) => value.ToString(CultureInfo.InvariantCulture);
}
