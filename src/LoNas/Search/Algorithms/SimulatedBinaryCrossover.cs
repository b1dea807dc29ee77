using LoNas.Runtime;

namespace LoNas.Search.Algorithms;

/// <summary>
/// Simulated binary crossover (Deb and Agrawal 1995) as pymoo 0.6.0.1 applies it, followed by rounding.
/// </summary>
/// <param name="probability">Probability that a pair is crossed; otherwise the children are copies.</param>
/// <param name="eta">Distribution index; larger keeps children closer to their parents.</param>
internal sealed class SimulatedBinaryCrossover(double probability, double eta)
{
    private const double VariableProbability = 0.5;
    private const double PairExchangeProbability = 0.5;
    private const double ExchangeProbability = 0.5;

    /// <summary>Two children; gene k stays from 0 to <paramref name="levels"/>[k] - 1.</summary>
    public (int[] First, int[] Second) Cross(int[] first, int[] second, IReadOnlyList<int> levels, SeededRandom random)
    {
        int[] left = [.. first];
        int[] right = [.. second];
        if (random.NextDouble() >= probability)
        {
            return (left, right);
        }

        bool exchanges = random.NextDouble() <= PairExchangeProbability;
        for (int k = 0; k < left.Length; k++)
        {
            if (random.NextDouble() < VariableProbability && left[k] != right[k])
            {
                var (low, high) = Spread(left[k], right[k], levels[k] - 1, random.NextDouble());
                bool swaps = exchanges && random.NextDouble() < ExchangeProbability;
                (left[k], right[k]) = swaps ? (high, low) : (low, high);
            }
        }

        return (left, right);
    }

    private (int Low, int High) Spread(int first, int second, int maximum, double drawn)
    {
        double low = Math.Min(first, second);
        double high = Math.Max(first, second);
        double gap = high - low;
        double spreadDown = SpreadFactor(1 + (2 * low / gap), drawn);
        double spreadUp = SpreadFactor(1 + (2 * (maximum - high) / gap), drawn);
        double child = 0.5 * (low + high - (spreadDown * gap));
        double other = 0.5 * (low + high + (spreadUp * gap));
        return (RoundingRepair.Apply(child, maximum), RoundingRepair.Apply(other, maximum));
    }

    private double SpreadFactor(double beta, double drawn)
    {
        double alpha = 2 - Math.Pow(beta, -(eta + 1));
        double scaled = drawn * alpha;
        return Math.Pow(drawn <= 1 / alpha ? scaled : 1 / (2 - scaled), 1 / (eta + 1));
    }
}
