namespace LoNas.Search;

/// <summary>
/// Successive halving for one candidate at a time: it answers an eighth of the samples, then a quarter, a half and all,
/// and is dropped as soon as it can no longer reach the front. A confidence bound says how good it could still become.
/// </summary>
public static class Race
{
    /// <summary>
    /// The bound's normal quantile: a candidate that would reach the front is dropped at no more than one rung in
    /// forty.
    /// </summary>
    private const double Quantile = 1.96;

    private static readonly int[] Shares = [8, 4, 2, 1];

    /// <summary>Takes a candidate up the rungs.</summary>
    /// <param name="samples">Samples in all.</param>
    /// <param name="cost">The candidate's first objective.</param>
    /// <param name="rivals">[N, 2], the objectives measured before.</param>
    /// <param name="countRight">Asks the samples from one index up to another, and counts the right answers.</param>
    /// <returns>The share of right answers, of all samples or of those before it was dropped.</returns>
    public static double Run(int samples, double cost, IReadOnlyList<double[]> rivals, Func<int, int, int> countRight)
    {
        int right = 0;
        int asked = 0;
        foreach (int rung in Rungs(samples))
        {
            right += countRight(asked, rung);
            asked = rung;
            if (IsLost(cost, -UpperBound(right, asked, samples), rivals))
            {
                break;
            }
        }

        return (double)right / asked;
    }

    /// <summary>How many samples are answered after each rung, ascending; after the last, all of them.</summary>
    public static IReadOnlyList<int> Rungs(int samples) =>
        [.. Shares.Select(share => (samples + share - 1) / share).Distinct()];

    /// <summary>
    /// The largest share of right answers that a candidate may still end with: Wilson's score bound for a finite set,
    /// and at most the share if all the rest were right.
    /// </summary>
    /// <param name="right">Right answers so far.</param>
    /// <param name="asked">Answers so far, at least 1.</param>
    /// <param name="samples">Answers in all.</param>
    public static double UpperBound(int right, int asked, int samples)
    {
        if (asked == samples)
        {
            return (double)right / samples;
        }

        double share = (double)right / asked;
        // The samples are drawn without replacement, so the estimate is as good as one from more samples of an infinite
        // set.
        double count = asked * (samples - 1.0) / (samples - asked);
        double square = Quantile * Quantile / count;
        double half = Quantile * Math.Sqrt((share * (1 - share) / count) + (square / (4 * count)));
        return Math.Min((share + (square / 2) + half) / (1 + square), (double)(right + samples - asked) / samples);
    }

    /// <summary>Whether a rival costs no more and is at least as good as the candidate can still become.</summary>
    /// <param name="cost">The candidate's first objective.</param>
    /// <param name="bestObjective">The lowest second objective it can still reach.</param>
    /// <param name="rivals">[N, 2], the objectives measured before.</param>
    public static bool IsLost(double cost, double bestObjective, IEnumerable<double[]> rivals) =>
        rivals.Any(rival => rival[0] <= cost && rival[1] <= bestObjective);
}
