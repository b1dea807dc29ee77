using LoNas.Runtime;

namespace LoNas.Search.Algorithms;

/// <summary>Of many offspring, those that look best to a model of all evaluations so far: only they are evaluated.</summary>
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

/// <summary>Predicts an objective of a genome: ridge regression on the place of each gene in its list and on its level.</summary>
internal sealed class GenomeSurrogate(IReadOnlyList<int> levels)
{
    /// <summary>Weighs levels less than places, so that a list's trend is learned before its steps are.</summary>
    private const double LevelScale = 0.5;

    private static readonly double[] Penalties = [0.01, 0.1, 1, 10, 100];

    /// <summary>Fits one objective; the penalty is the one that predicts the last generation best from those before.</summary>
    /// <param name="evaluated">Evaluations of two generations or more, all measured.</param>
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
            return Enumerable.Range(known, targets.Length - known).Sum(i => Math.Pow(predict(features[i]) - targets[i], 2));
        });
    }

    private double[] Features(int[] genome)
    {
        var features = new List<double>();
        for (int k = 0; k < genome.Length; k++)
        {
            // One width cannot matter, and of two the place says all.
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
