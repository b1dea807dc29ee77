using System.Globalization;

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
        double reference = referenceAccuracy == -1 ? -maximal.Objectives[1] : referenceAccuracy;
        var best = evaluated.Where(entry => -entry.Objectives[1] > reference - accuracyDelta)
            .OrderBy(entry => entry.Objectives[0]).ThenBy(entry => entry.Objectives[1]).FirstOrDefault();
        return best is not null ? new BestChoice(best, null) : new BestChoice(maximal, NoneFound(reference, accuracyDelta));
    }

    private static string NoneFound(double reference, double delta) => string.Create(
        CultureInfo.InvariantCulture,
        $"No sub-adapter is more accurate than {reference} - {delta} (ref_acc - acc_delta): the maximal one is kept. "
        + $"Raise acc_delta, lower ref_acc, or search longer");
}
