using System.Globalization;
using LoNas.Errors;
using LoNas.Formats.Nncf;

namespace LoNas.Search;

/// <summary>The sub-adapter a search recommends.</summary>
/// <param name="Entry">The sub-adapter and its objectives.</param>
/// <param name="Warning">Why it costs no less than the maximal one, and what to try; null if it does.</param>
public sealed record BestChoice(EvaluatedGenome Entry, string? Warning)
{
    /// <summary>The settings that the warning is about.</summary>
    public IReadOnlyList<Setting> Settings { get; init; } = [];

    /// <summary>
    /// The cheapest sub-adapter whose accuracy exceeds <c>ref_acc</c> - <c>acc_delta</c>; of equal costs, and costs
    /// that differ by noise alone, the most accurate. If there is none, the maximal sub-adapter.
    /// </summary>
    /// <param name="measured">All evaluations, and what else was measured.</param>
    /// <param name="maximal">The maximal sub-adapter, evaluated before the search.</param>
    /// <param name="axes">What the objectives are.</param>
    /// <param name="search">
    /// Has <c>acc_delta</c>, how much accuracy may be lost, in the unit of the objective, and <c>ref_acc</c>, the
    /// accuracy to compare with; -1 takes that of the maximal sub-adapter.
    /// </param>
    public static BestChoice Of(
        IReadOnlyList<EvaluatedGenome> measured, EvaluatedGenome maximal, SearchAxes axes, SearchDescription search)
    {
        double reference = Reference(maximal, search.ReferenceAccuracy);
        var enough = measured.Append(maximal)
            .Where(entry => -entry.Objectives[1] > reference - search.AccuracyDelta).ToArray();
        double limit = enough.Select(entry => entry.Objectives[0]).DefaultIfEmpty(0).Min() + axes.CostNoise;
        bool IsCheaper(EvaluatedGenome entry) => entry.Objectives[0] < maximal.Objectives[0] - axes.CostNoise;
        // One that costs less than the maximal sub-adapter beyond noise comes before those that may not.
        var best = enough.Where(entry => entry.Objectives[0] <= limit)
            .OrderByDescending(IsCheaper).ThenBy(entry => entry.Objectives[1]).ThenBy(entry => entry.Objectives[0])
            .FirstOrDefault() ?? maximal;
        return IsCheaper(best)
            ? new BestChoice(best, null)
            : new BestChoice(best, new MaximalAdvice(maximal, axes, search).Of(best, measured, reference))
            {
                Settings = axes.Metric == SearchMetric.Loss
                    ? [Setting.SearchMetric, Setting.SearchLength]
                    : [Setting.SearchLength, axes.Records],
            };
    }

    /// <summary>A warning if almost every sub-adapter counts as accurate enough; else null.</summary>
    /// <param name="maximal">The maximal sub-adapter; its second objective is minus a share of right answers.</param>
    /// <param name="search">Has <c>ref_acc</c> and <c>acc_delta</c>.</param>
    public static string? TooLenient(EvaluatedGenome maximal, SearchDescription search)
    {
        double reference = Reference(maximal, search.ReferenceAccuracy);
        return reference - search.AccuracyDelta > 0 ? null : string.Create(
            CultureInfo.InvariantCulture,
            $"ref_acc - acc_delta is {reference:0.###} - {search.AccuracyDelta:0.###}, not above 0: every sub-adapter "
            + $"counts as accurate enough, and the cheapest will be the best. {Advice(reference)}");
    }

    private static string Advice(double reference) => reference > 0
        ? "Accuracies are shares from 0 to 1: set acc_delta such as 0.01"
        : "There is no right answer to compare with: train longer, or search by loss instead";

    private static double Reference(EvaluatedGenome maximal, double referenceAccuracy) =>
        referenceAccuracy == -1 ? 0 - maximal.Objectives[1] : referenceAccuracy;
}
