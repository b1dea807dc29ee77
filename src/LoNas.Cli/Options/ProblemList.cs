namespace LoNas.Cli.Options;

/// <summary>Puts several problems into one message.</summary>
internal static class ProblemList
{
    /// <summary>The only problem as it is; several under a count.</summary>
    public static string Format(IReadOnlyList<string> problems) => problems.Count == 1
        ? problems[0]
        : $"{problems.Count} problems\n" + string.Join('\n', problems.Select(problem => $"  - {problem}"));
}
