namespace LoNas.Cli.Options;

/// <summary>Puts several problems into one message.</summary>
internal static class ProblemList
{
    /// <summary>More than any command has options; a file of something else can have thousands.</summary>
    private const int MostShown = 60;

    /// <summary>The only problem as it is; several under a count.</summary>
    public static string Format(IReadOnlyList<string> problems) => problems.Count == 1
        ? problems[0]
        : $"{problems.Count} problems\n"
            + string.Join('\n', problems.Take(MostShown).Select(problem => $"  - {problem}"))
            + (problems.Count > MostShown ? $"\n  and {problems.Count - MostShown} more" : "");
}
