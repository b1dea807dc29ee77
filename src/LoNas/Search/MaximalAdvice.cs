using System.Globalization;
using LoNas.Evaluation.Glue;
using LoNas.Formats.Nncf;

namespace LoNas.Search;

/// <summary>Says why a search recommends nothing cheaper than the maximal sub-adapter, and what to try.</summary>
/// <param name="maximal">The maximal sub-adapter.</param>
/// <param name="axes">What the objectives are.</param>
/// <param name="search">Has <c>ref_acc</c> and <c>acc_delta</c>.</param>
internal sealed class MaximalAdvice(EvaluatedGenome maximal, SearchAxes axes, SearchDescription search)
{
    private bool IsLoss => axes.Metric == SearchMetric.Loss;

    /// <param name="best">What is recommended.</param>
    /// <param name="measured">All that was measured.</param>
    /// <param name="reference">The accuracy that is compared with, or minus the loss.</param>
    public string Of(EvaluatedGenome best, IReadOnlyList<EvaluatedGenome> measured, double reference)
    {
        var what = best.Objectives.SequenceEqual(maximal.Objectives)
            ? "The best is the maximal sub-adapter" : "The best costs as much as the maximal sub-adapter";
        var cheaper = measured.Where(entry => entry.IsMeasured
            && entry.Objectives[0] < maximal.Objectives[0] - axes.CostNoise).ToArray();
        var nearest = cheaper.OrderBy(entry => entry.Objectives[1]).ThenBy(entry => entry.Objectives[0])
            .FirstOrDefault();
        return $"{what}: {(nearest is null ? NoneCheaper()
            : Text($"of {cheaper.Length} that cost less none {Wanted(reference)}. The nearest, ")
                + $"{axes.CostText(nearest.Objectives[0])}, has {Quality(nearest)}: an acc_delta above "
                + $"{RoundedUp(reference + nearest.Objectives[1])} accepts it, in the configuration's search")}. "
            + "Try also: "
            + Tries(byNoise: nearest is null && axes.CostNoise > 0);
    }

    private string NoneCheaper() => axes.CostNoise > 0
        ? Text($"none is faster by more than the {axes.CostNoise:0.##} ms that two measurements of one differ by")
        : "nothing that costs less was measured";

    private string Wanted(double reference) => IsLoss
        ? Text($"has a loss below {-reference:0.0000} + {search.AccuracyDelta:0.####} (the maximal one's and ")
            + "acc_delta), and nearly every cut costs more loss than that"
        : Text($"is more accurate than {reference:0.####} - {search.AccuracyDelta:0.####} (ref_acc - acc_delta)");

    private string Quality(EvaluatedGenome entry) =>
        axes.MetricKey == GlueTask.AccuracyName ? $"an accuracy of {axes.MetricText(entry.Objectives[1])}"
            : axes.MetricText(entry.Objectives[1]);

    /// <param name="byNoise">Whether noise hides what costs less.</param>
    private string Tries(bool byNoise) => string.Join("; ", new[]
    {
        byNoise ? "count MACs instead, or measure again on an idle machine" : "",
        IsLoss ? "search by accuracy" : "judge by more validation records, where one counts for less",
        search.ReferenceAccuracy == -1 ? "" : "lower ref_acc",
        "evaluate more sub-adapters",
        $"put {(byNoise ? "narrower widths" : "widths nearer to the full one")} into the configuration",
    }.Where(advice => advice.Length > 0));

    /// <summary>Two digits, and never less than the number.</summary>
    private static string RoundedUp(double value)
    {
        if (value <= 0)
        {
            return "0";
        }

        var unit = (decimal)Math.Pow(10, Math.Clamp(Math.Floor(Math.Log10(value)) - 1, -10, 10));
        return (Math.Ceiling((decimal)value / unit) * unit).ToString("0.############", CultureInfo.InvariantCulture);
    }

    private static string Text(FormattableString text) => text.ToString(CultureInfo.InvariantCulture);
}
