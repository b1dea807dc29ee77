using LoNas.Runtime;

namespace LoNas.Search.Algorithms;

/// <summary>Polynomial mutation (Deb and Goyal 1996) as pymoo 0.6.0.1 applies it, followed by rounding.</summary>
/// <param name="probability">Probability that a genome mutates at all.</param>
/// <param name="eta">Distribution index; larger makes smaller steps.</param>
internal sealed class PolynomialMutation(double probability, double eta)
{
    /// <summary>Mutates a genome in place; gene k stays from 0 to <paramref name="levels"/>[k] - 1.</summary>
    public void Mutate(int[] genome, IReadOnlyList<int> levels, SeededRandom random)
    {
        if (random.NextDouble() >= probability)
        {
            return;
        }

        double variableProbability = Math.Min(0.5, 1.0 / genome.Length);
        for (int k = 0; k < genome.Length; k++)
        {
            if (random.NextDouble() < variableProbability && levels[k] > 1)
            {
                int maximum = levels[k] - 1;
                double moved = genome[k] + (Step((double)genome[k] / maximum, random.NextDouble()) * maximum);
                genome[k] = RoundingRepair.Apply(moved, maximum);
            }
        }
    }

    /// <summary>The step from a place in [0, 1], as a fraction of the range.</summary>
    private double Step(double place, double drawn)
    {
        bool isDown = drawn <= 0.5;
        double share = isDown ? drawn : 1 - drawn;
        double distance = isDown ? 1 - place : place;
        double value = (2 * share) + ((1 - (2 * share)) * Math.Pow(distance, eta + 1));
        double step = Math.Pow(value, 1 / (eta + 1)) - 1;
        return isDown ? step : -step;
    }
}
