namespace LoNas.Cli.Output;

/// <summary>How the program is called, as the user did: the first words of a line for it.</summary>
internal static class ProgramCall
{
    /// <summary>Where the launcher, which starts the program with another name, hands its own over.</summary>
    public const string Variable = "LONAS_CALLED_AS";

    public static IReadOnlyList<string> Words => Of(
        Environment.GetEnvironmentVariable(Variable), Environment.ProcessPath ?? "lonas",
        Environment.GetCommandLineArgs()[0], Environment.GetEnvironmentVariable("PATH") ?? "");

    /// <summary>The same with everything given.</summary>
    /// <param name="launcher">What the launcher was called as; null where there was none.</param>
    /// <param name="process">The file that runs: the program's own, or .NET's.</param>
    /// <param name="program">The program's file.</param>
    /// <param name="searched">The folders that a shell looks for programs in.</param>
    internal static IReadOnlyList<string> Of(string? launcher, string process, string program, string searched) =>
        !string.IsNullOrEmpty(launcher) ? [launcher]
        : Path.GetFileNameWithoutExtension(process) == "dotnet" ? [Shortest(process, searched), FromHere(program)]
        : [Shortest(process, searched)];

    /// <summary>The name alone where a shell finds this file by it.</summary>
    private static string Shortest(string file, string searched)
    {
        var name = Path.GetFileName(file);
        var found = searched.Split(Path.PathSeparator, StringSplitOptions.RemoveEmptyEntries)
            .Select(folder => Path.Combine(folder, name)).FirstOrDefault(File.Exists);
        return found is not null && Target(found) == Target(file) ? name : FromHere(file);
    }

    private static string Target(string file) =>
        File.ResolveLinkTarget(file, returnFinalTarget: true)?.FullName ?? Path.GetFullPath(file);

    /// <summary>Relative where the file is below the current folder, absolute elsewhere.</summary>
    private static string FromHere(string file)
    {
        var full = Path.GetFullPath(file);
        var relative = Path.GetRelativePath(".", full);
        return relative.StartsWith("..", StringComparison.Ordinal) || Path.IsPathRooted(relative)
            ? full
            : Path.Combine(".", relative);
    }
}
