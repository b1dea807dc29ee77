using System.Text.RegularExpressions;

namespace LoNas.Runtime;

/// <summary>
/// Loads a library and, where the system misses a file that it needs, that file first. PyTorch's packages keep CUDA's libraries
/// in folders of their own, which usually but not always its libraries point to.
/// </summary>
/// <param name="load">Loads a path; gives the reason where it fails, else null.</param>
/// <param name="find">Finds the path of a file by its name; null where it is nowhere.</param>
internal sealed partial class LibraryLoader(Func<string, string?> load, Func<string, string?> find)
{
    private readonly HashSet<string> _sought = [];

    /// <summary>Gives the reason where loading fails, else null. Each missing file is looked for once.</summary>
    public string? Load(string path)
    {
        while (load(path) is { } reason)
        {
            var missing = MissingFile().Match(reason);
            if (!missing.Success || !_sought.Add(missing.Groups[1].Value) || find(missing.Groups[1].Value) is not { } needed)
            {
                return reason;
            }

            if (Load(needed) is { } deeper)
            {
                return deeper;
            }
        }

        return null;
    }

    // glibc's words; a name with a folder is a file that was asked for by its path.
    [GeneratedRegex(@"^([^/\s:]+): cannot open shared object file")]
    private static partial Regex MissingFile();
}
