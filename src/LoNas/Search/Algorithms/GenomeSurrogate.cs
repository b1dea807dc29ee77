using LoNas.Runtime;

namespace LoNas.Search.Algorithms;

/// <summary>Chooses, of many offspring, those that a model of all evaluations so far predicts to be best.</summary>
internal sealed class SurrogateChoice(IReadOnlyList<int> levels, Func<int[], double>? exactCost, SeededRandom random)
{
    /// <summary>Offspring made for each one that is evaluated.</summary>
    public const int CandidatesPerOffspring = 10;

    private readonly GenomeSurrogate _surrogate = new(levels);

    /// <summary>Up to <paramref name="count"/> candidates by predicted rank and crowding.</summary>
    public IReadOnlyList<int[]> Choose(IReadOnlyList<EvaluatedGenome> evaluated, List<int[]> candidates, int count)
    {
        var usable = evaluated.Where(entry => entry.IsMeasured).ToArray();
        if (usable.Length == 0 || candidates.Count <= count)
        {
            return [.. candidates.Take(count)];
        }

        var cost = exactCost ?? _surrogate.Fit(usable, 0);
        var loss = _surrogate.Fit(usable, 1);
        var predicted = candidates.Select(genome => new[] { cost(genome), loss(genome) }).ToArray();
        return [.. RankAndCrowdingSurvival.Pick(predicted, count, random).Indices.Select(i => candidates[i])];
    }
}

/// <summary>
/// Predicts an objective of a genome by ridge regression. The features of each gene are its place in the list, from 0
/// to 1, and its level as a one-hot vector.
/// </summary>
internal sealed class GenomeSurrogate(IReadOnlyList<int> levels)
{
    /// <summary>Weights levels less than places, so that the trend over a list is learned before its steps.</summary>
    private const double LevelScale = 0.5;

    private static readonly double[] Penalties = [0.01, 0.1, 1, 10, 100];

    /// <summary>
    /// Fits one objective, with the penalty that predicts the last generation best from those before it.
    /// </summary>
    /// <param name="evaluated">At least one evaluation, all of them measured.</param>
    /// <param name="objective">0 or 1.</param>
    public Func<int[], double> Fit(IReadOnlyList<EvaluatedGenome> evaluated, int objective)
    {
        double[][] features = [.. evaluated.Select(entry => Features(entry.Genome))];
        double[] targets = [.. evaluated.Select(entry => entry.Objectives[objective])];
        int last = evaluated[^1].Generation;
        int known = evaluated.Count(entry => entry.Generation != last);
        double penalty = known == 0 ? 1 : BestPenalty(features, targets, known);
        var predict = new RidgeRegression(features, targets).Fit(penalty);
        return genome => predict(Features(genome));
    }

    private static double BestPenalty(double[][] features, double[] targets, int known)
    {
        var trial = new RidgeRegression(features[..known], targets[..known]);
        return Penalties.MinBy(penalty =>
        {
            var predict = trial.Fit(penalty);
            return Enumerable.Range(known, targets.Length - known)
                .Sum(i => Math.Pow(predict(features[i]) - targets[i], 2));
        });
    }

    private double[] Features(int[] genome)
    {
        var features = new List<double>();
        for (int k = 0; k < genome.Length; k++)
        {
            // A list of one width has no effect, and for one of two the place says everything.
            if (levels[k] > 1)
            {
                features.Add((double)genome[k] / (levels[k] - 1));
            }

            if (levels[k] > 2)
            {
                features.AddRange(Enumerable.Range(0, levels[k]).Select(level => level == genome[k] ? LevelScale : 0));
            }
        }

        return [.. features];
    }
}
