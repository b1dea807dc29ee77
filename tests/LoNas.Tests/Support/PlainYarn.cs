namespace LoNas.Tests.Support;

/// <summary>
/// yarn's frequencies in float64 by the paper (Peng et al., 2023, section 3.2): a frequency that turns r times within
/// the original positions is kept by the share that the ramp gives it. Transformers lays the ramp over the index of the
/// pair, between those pairs that turn beta_fast and beta_slow times.
/// </summary>
internal static class PlainYarn
{
    public static double[] Frequencies(
        int size, double theta, double factor, double original, double fast = 32, double slow = 1,
        bool truncates = true)
    {
        var frequencies = new double[size / 2];
        double first = PairThatTurns(fast), last = PairThatTurns(slow);
        if (truncates)
        {
            first = Math.Floor(first);
            last = Math.Ceiling(last);
        }

        first = first < 0 ? 0 : first;
        last = last > size - 1 ? size - 1 : last;
        for (int pair = 0; pair < frequencies.Length; pair++)
        {
            double kept = Math.Pow(theta, -2.0 * pair / size);
            double ramp = pair <= first ? 0 : pair >= last ? 1 : (pair - first) / (last - first);
            frequencies[pair] = (kept / factor * ramp) + (kept * (1 - ramp));
        }

        return frequencies;

        // original * theta^(-2 pair / size) / (2 pi) = turns, solved for the pair.
        double PairThatTurns(double turns) =>
            size / 2.0 * (Math.Log(original) - Math.Log(2 * Math.PI * turns)) / Math.Log(theta);
    }
}
