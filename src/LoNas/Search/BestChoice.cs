using System.Globalization;
using LoNas.Formats.Nncf;

namespace LoNas.Search;

/// <summary>The sub-adapter a search recommends.</summary>
/// <param name="Entry">The sub-adapter and its objectives.</param>
/// <param name="Warning">Why it is only the maximal one; null where one was found.</param>
public sealed record BestChoice(EvaluatedGenome Entry, string? Warning)
{
    /// <summary>
    /// The one with the fewest MACs whose accuracy exceeds <paramref name="referenceAccuracy"/> -
    /// <paramref name="accuracyDelta"/>; of equal MACs the most accurate. Where none does, the maximal one.
    /// </summary>
    /// <param name="evaluated">Everything evaluated.</param>
    /// <param name="maximal">The maximal sub-adapter, evaluated before the search.</param>
    /// <param name="accuracyDelta">Accuracy that may be lost, in the unit of the objective.</param>
    /// <param name="referenceAccuracy">The accuracy to compare with; -1 is the maximal sub-adapter's.</param>
    public static BestChoice Of(
        IEnumerable<EvaluatedGenome> evaluated, EvaluatedGenome maximal, double accuracyDelta, double referenceAccuracy = -1)
    {
        double reference = Reference(maximal, referenceAccuracy);
        var best = evaluated.Where(entry => -entry.Objectives[1] > reference - accuracyDelta)
            .OrderBy(entry => entry.Objectives[0]).ThenBy(entry => entry.Objectives[1]).FirstOrDefault();
        return best is not null ? new BestChoice(best, null) : new BestChoice(maximal, NoneFound(reference, accuracyDelta));
    }

    /// <summary>Why almost every sub-adapter counts as accurate enough; null where some do not.</summary>
    /// <param name="maximal">The maximal sub-adapter; its second objective is minus a share of right answers.</param>
    /// <param name="search">Has <c>ref_acc</c> and <c>acc_delta</c>.</param>
    public static string? TooLenient(EvaluatedGenome maximal, SearchDescription search)
    {
        double reference = Reference(maximal, search.ReferenceAccuracy);
        return reference - search.AccuracyDelta > 0 ? null : string.Create(
            CultureInfo.InvariantCulture,
            $"ref_acc - acc_delta is {reference:0.###} - {search.AccuracyDelta:0.###}, not above 0: every sub-adapter counts "
            + $"as accurate enough, and the cheapest will be the best. {Advice(reference)}");
    }

    private static string Advice(double reference) => reference > 0
        ? "Accuracies are shares from 0 to 1: set acc_delta such as 0.01"
        : "There is no right answer to compare with: train longer, or search by loss instead";

    private static double Reference(EvaluatedGenome maximal, double referenceAccuracy) =>
        referenceAccuracy == -1 ? 0 - maximal.Objectives[1] : referenceAccuracy;

    private static string NoneFound(double reference, double delta) => string.Create(
        CultureInfo.InvariantCulture,
        $"No sub-adapter is more accurate than {reference} - {delta} (ref_acc - acc_delta): the maximal one is kept. "
        + $"Raise acc_delta, lower ref_acc, or search longer");
}
