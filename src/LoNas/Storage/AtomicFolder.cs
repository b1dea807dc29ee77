namespace LoNas.Storage;

/// <summary>
/// Writes a folder so that it is either absent or complete: it is filled under a temporary name beside its final place
/// and renamed when everything is on disk. Temporary folders of killed processes are removed by the next process that
/// writes the same folder.
/// </summary>
internal static class AtomicFolder
{
    /// <summary>Checks that <paramref name="path"/> does not exist or is an empty folder.</summary>
    /// <exception cref="ArgumentException">A file or a non-empty folder has this name.</exception>
    public static void RequireFree(string path)
    {
        if (File.Exists(path) || (Directory.Exists(path) && Directory.EnumerateFileSystemEntries(path).Any()))
        {
            throw new ArgumentException(
                $"The output folder '{path}' exists already; remove it first or give another, since only a new folder "
                + "can appear complete at once");
        }
    }

    /// <summary>
    /// Lets <paramref name="write"/> fill a temporary folder, then renames it to <paramref name="path"/>.
    /// </summary>
    /// <exception cref="ArgumentException">The folder exists already, or another process is writing it.</exception>
    /// <exception cref="IOException">The write fails, for example because the disk is full.</exception>
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
