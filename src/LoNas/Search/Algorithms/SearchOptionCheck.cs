namespace LoNas.Search.Algorithms;

/// <summary>Checks search options.</summary>
internal static class SearchOptionCheck
{
    /// <summary>Everything that is wrong with the options.</summary>
    /// <param name="options">The options.</param>
    /// <param name="algorithms">The names of the algorithms that there are.</param>
    public static IEnumerable<string> Problems(SearchOptions options, IReadOnlyList<string> algorithms)
    {
        var description = options.Description;
        if (!algorithms.Contains(description.Algorithm))
        {
            yield return $"the algorithm '{description.Algorithm}' is none of {string.Join(", ", algorithms)}";
        }
        else if (options.Surrogate && description.Algorithm is not ("NSGA2" or "RNSGA2"))
        {
            yield return $"a surrogate proposes offspring, which '{description.Algorithm}' has none of; "
                + "use NSGA2 or RNSGA2";
        }

        if (description.Population < 1 || description.Population > description.Evaluations)
        {
            yield return $"a population of {description.Population} does not fit {description.Evaluations} "
                + "evaluations; choose 1 to that number, or raise num_evals";
        }

        if (options.Levels.Count == 0 || options.Levels.Any(levels => levels < 1))
        {
            yield return $"the groups have {string.Join(", ", options.Levels)} widths; "
                + "one group with one width is the least";
        }

        for (int i = 0; i < options.InitialGenomes.Count; i++)
        {
            if (!Fits(options.InitialGenomes[i], options.Levels))
            {
                yield return $"initial genome {i}, [{string.Join(", ", options.InitialGenomes[i])}], does not fit the "
                    + $"groups' numbers of widths [{string.Join(", ", options.Levels)}]";
            }
        }

        foreach (var problem in ReferencePointProblems(options))
        {
            yield return problem;
        }
    }

    private static IEnumerable<string> ReferencePointProblems(SearchOptions options)
    {
        var description = options.Description;
        if (description.Algorithm != "RNSGA2")
        {
            yield break;
        }

        if (description.AspirationPoints.Count == 0 || description.AspirationPoints.Any(point => point.Count != 2))
        {
            yield return "RNSGA2 needs at least one of aspiration_points, each of two numbers (MACs, minus accuracy)";
        }

        if (description.Weights is { } weights && (weights.Count != 2 || weights.Any(weight => !(weight >= 0))))
        {
            yield return $"weights [{string.Join(", ", weights)}] must be two numbers of at least 0, one per objective";
        }
    }

    private static bool Fits(int[] genome, IReadOnlyList<int> levels) =>
        genome.Length == levels.Count && genome.Zip(levels).All(gene => gene.First >= 0 && gene.First < gene.Second);
}
