namespace LoNas.Cli.Output;

/// <summary>Names of files and folders that are not there yet, for commands that write new ones.</summary>
internal static class FreeName
{
    /// <summary>A name in the current folder, after a model or adapter that may be anywhere.</summary>
    public static string Here(string name, string ending, string start = "") => Free(start + NameOf(name), ending);

    /// <summary>A name beside a folder, or in the current one where it is no folder but a hub's name.</summary>
    public static string Beside(string folder, string ending) => !Directory.Exists(folder)
        ? Here(folder, ending)
        : Path.GetFileName(Path.TrimEndingDirectorySeparator(folder)) is "" or "." or ".."
            ? Free(Path.Combine(folder, NameOf(folder)), ending)
            : Free(Path.TrimEndingDirectorySeparator(folder), ending);

    private static string NameOf(string name) =>
        Path.GetFileName(Path.TrimEndingDirectorySeparator(Path.GetFullPath(name))) is { Length: > 0 } last
            ? last
            : "model";

    private static string Free(string stem, string ending)
    {
        var name = stem + ending;
        for (int number = 2; Path.Exists(name); number++)
        {
            name = $"{stem}-{number}{ending}";
        }

        return name;
    }
}
