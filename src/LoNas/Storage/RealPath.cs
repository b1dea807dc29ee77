namespace LoNas.Storage;

/// <summary>Paths with all their links followed, so that one place has one path.</summary>
public static class RealPath
{
    // Letters' case is no difference on some systems, and one that matters to nobody elsewhere.
    private const StringComparison Comparison = StringComparison.OrdinalIgnoreCase;

    /// <summary>The path of a file or folder, which need not exist.</summary>
    public static string Of(string path)
    {
        var full = Path.TrimEndingDirectorySeparator(Path.GetFullPath(path));
        if (Path.GetDirectoryName(full) is not { } parent)
        {
            return full;
        }

        var own = Path.Combine(Of(parent), Path.GetFileName(full));
        try
        {
            var target = new FileInfo(own).ResolveLinkTarget(returnFinalTarget: true);
            return target is null ? own : Of(target.FullName);
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException)
        {
            return own; // it does not exist, or links lead to each other
        }
    }

    /// <summary>The path of a name itself, which is what a renamed file replaces: only its folder's links are
    /// followed.</summary>
    public static string OfName(string path)
    {
        var full = Path.TrimEndingDirectorySeparator(Path.GetFullPath(path));
        return Path.GetDirectoryName(full) is { } parent ? Path.Combine(Of(parent), Path.GetFileName(full)) : full;
    }

    /// <summary>All places that reading a file, or the files of a folder, may touch.</summary>
    public static IEnumerable<string> Read(string input) =>
    [
        OfName(input), Of(input),
        .. Directory.Exists(input)
            ? Directory.EnumerateFiles(input).SelectMany(file => (string[])[OfName(file), Of(file)])
            : [],
    ];

    /// <summary>Whether a place is another or lies in it; both are of this class.</summary>
    public static bool IsWithin(string place, string other) => place.Equals(other, Comparison)
        || place.StartsWith(Path.TrimEndingDirectorySeparator(other) + Path.DirectorySeparatorChar, Comparison);
}
