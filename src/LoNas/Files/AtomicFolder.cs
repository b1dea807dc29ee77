namespace LoNas.Files;

/// <summary>
/// Writes a folder so that it is absent or complete: a temporary sibling that takes the folder's name when everything in it
/// is on disk. What a killed process left beside it is removed by the next one that writes the same folder.
/// </summary>
internal static class AtomicFolder
{
    private const string Suffix = ".partial";
    private const string Lock = ".lock";

    /// <summary>Checks that <paramref name="path"/> is free: absent, or an empty folder.</summary>
    /// <exception cref="ArgumentException">Something is there.</exception>
    public static void RequireFree(string path, string option)
    {
        if (File.Exists(path) || (Directory.Exists(path) && Directory.EnumerateFileSystemEntries(path).Any()))
        {
            throw new ArgumentException(
                $"{option} '{path}' exists already; remove it first or give another, since only a new folder can appear "
                + "complete at once");
        }
    }

    /// <summary>Lets <paramref name="write"/> fill a temporary folder, which is then given the name.</summary>
    public static void Write(string path, Action<string> write)
    {
        var full = Path.TrimEndingDirectorySeparator(Path.GetFullPath(path));
        Directory.CreateDirectory(Path.GetDirectoryName(full)!);
        RemoveAbandoned(full);
        var temporary = $"{full}.{Guid.NewGuid():n}{Suffix}";
        Directory.CreateDirectory(temporary);
        try
        {
            using (new FileStream(Path.Combine(temporary, Lock), FileMode.CreateNew, FileAccess.Write, FileShare.None))
            {
                write(temporary);
            }

            File.Delete(Path.Combine(temporary, Lock));
            if (Directory.Exists(full))
            {
                Directory.Delete(full);
            }

            Directory.Move(temporary, full);
        }
        catch
        {
            Directory.Delete(temporary, recursive: true);
            throw;
        }
    }

    /// <summary>A folder whose writer lives is locked by it.</summary>
    private static void RemoveAbandoned(string full)
    {
        var parent = Path.GetDirectoryName(full)!;
        foreach (var folder in Directory.EnumerateDirectories(parent, $"{Path.GetFileName(full)}.*{Suffix}"))
        {
            try
            {
                // The lock is the last to go, and nothing of a folder goes while its writer has it.
                using (new FileStream(Path.Combine(folder, Lock), FileMode.Open, FileAccess.Write, FileShare.None))
                {
                }

                Directory.Delete(folder, recursive: true);
            }
            catch (IOException)
            {
                // In use, or not of this program.
            }
        }
    }
}
