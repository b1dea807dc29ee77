namespace LoNas.Cli.Output;

/// <summary>What a file that a command writes may replace: nothing unasked, and never what the command reads.</summary>
internal static class OutputFile
{
    /// <summary>Checks it before anything is computed.</summary>
    /// <param name="path">The file.</param>
    /// <param name="overwrite">Whether another file may be replaced.</param>
    /// <param name="inputs">Files, and folders with all that is in them, that the command reads.</param>
    /// <exception cref="ArgumentException">A file is there that must stay.</exception>
    public static void Require(string path, bool overwrite, IEnumerable<string?> inputs)
    {
        if (new FileInfo(path) is var entry && !entry.Exists && entry.LinkTarget is null)
        {
            return;
        }

        // A name is replaced, not what it links to: the folder's links count and the file's own does not.
        var place = Path.Combine(Real(Path.GetDirectoryName(Path.GetFullPath(path))!), Path.GetFileName(path));
        if (inputs.OfType<string>().FirstOrDefault(input => Holds(input, place)) is { } read)
        {
            throw new ArgumentException(
                $"The output '{path}' is a file of '{read}', which this command reads; give another place");
        }

        if (!overwrite)
        {
            throw new ArgumentException(
                $"The output '{path}' exists already; give another name, or --overwrite to replace it");
        }
    }

    // Letters' case is no difference on some systems, and one that matters to nobody elsewhere.
    private static bool Holds(string input, string place)
    {
        var full = Path.TrimEndingDirectorySeparator(Path.GetFullPath(input));
        var real = Directory.Exists(full) ? Real(full)
            : Path.Combine(Real(Path.GetDirectoryName(full)!), Path.GetFileName(full));
        return place.Equals(real, StringComparison.OrdinalIgnoreCase)
            || place.StartsWith(real + Path.DirectorySeparatorChar, StringComparison.OrdinalIgnoreCase);
    }

    /// <summary>A folder's path with all links followed.</summary>
    private static string Real(string folder)
    {
        var parent = Path.GetDirectoryName(folder);
        if (parent is null || !Directory.Exists(folder))
        {
            return folder;
        }

        var target = new DirectoryInfo(folder).ResolveLinkTarget(returnFinalTarget: true);
        return target is null ? Path.Combine(Real(parent), Path.GetFileName(folder)) : Real(target.FullName);
    }
}
