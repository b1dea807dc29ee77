namespace LoNas.Storage;

/// <summary>
/// Writes a folder so that it is absent or complete: a temporary sibling that takes the folder's name when everything in it
/// is on disk. What a killed process left beside it is removed by the next one that writes the same folder.
/// </summary>
internal static class AtomicFolder
{
    /// <summary>Checks that <paramref name="path"/> is free: absent, or an empty folder.</summary>
    /// <exception cref="ArgumentException">Something is there.</exception>
    public static void RequireFree(string path)
    {
        if (File.Exists(path) || (Directory.Exists(path) && Directory.EnumerateFileSystemEntries(path).Any()))
        {
            throw new ArgumentException(
                $"The output folder '{path}' exists already; remove it first or give another, since only a new folder "
                + "can appear complete at once");
        }
    }

    /// <summary>Lets <paramref name="write"/> fill a temporary folder, which is then given the name.</summary>
    /// <exception cref="ArgumentException">Another process writes the same folder.</exception>
    /// <exception cref="IOException">The disk does not take it.</exception>
    public static void Write(string path, Action<string> write)
    {
        var full = Path.TrimEndingDirectorySeparator(Path.GetFullPath(path));
        using var held = OutputLock.Take(full);
        RequireFree(path); // another process may have written it while this one waited to
        var temporary = OutputLock.NewName(full, OutputLock.Partial);
        Directory.CreateDirectory(temporary);
        try
        {
            write(temporary);
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
}
