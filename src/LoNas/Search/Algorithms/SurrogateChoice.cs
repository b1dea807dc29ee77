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
