namespace LoNas.Storage;

/// <summary>
/// A lock file that only one process at a time can open. The operating system releases it when the process ends.
/// </summary>
public static class FileLock
{
    /// <summary>Creates and locks a file, which is deleted when the lock is released.</summary>
    /// <param name="path">The file; its folder must exist.</param>
    /// <param name="stays">
    /// Whether the file stays: one that many take in turn must, or the last one's file may be locked without a name.
    /// </param>
    /// <returns>The lock, held until it is disposed; null if another process has it.</returns>
    public static IDisposable? TryTake(string path, bool stays = false) => TryOpen(
        path, FileAccess.Write, FileShare.None, stays ? FileOptions.None : FileOptions.DeleteOnClose);

    /// <summary>Creates a file and locks it together with others who do the same; it stays.</summary>
    /// <param name="path">The file; its folder must exist.</param>
    /// <returns>The lock, held until it is disposed; null if another process has it for itself.</returns>
    public static IDisposable? TryShare(string path) =>
        TryOpen(path, FileAccess.Read, FileShare.Read, FileOptions.None);

    /// <summary>
    /// Whether a process holds a lock file, for itself or with others. The file is left as it is, though for a moment
    /// it is locked.
    /// </summary>
    /// <param name="path">The file; there need be none.</param>
    public static bool IsHeld(string path)
    {
        bool IsTaken(FileAccess access, FileShare share)
        {
            using var probe = TryOpen(path, access, share, FileOptions.None, FileMode.Open);
            return probe is null;
        }

        try
        {
            return IsTaken(FileAccess.ReadWrite, FileShare.None);
        }
        catch (UnauthorizedAccessException)
        {
            // Who may read alone does not see those that share it.
            return IsTaken(FileAccess.Read, FileShare.Read);
        }
        catch (Exception error) when (error is FileNotFoundException or DirectoryNotFoundException)
        {
            return false;
        }
    }

    private static FileStream? TryOpen(
        string path, FileAccess access, FileShare share, FileOptions options, FileMode mode = FileMode.OpenOrCreate)
    {
        try
        {
            return new FileStream(path, mode, access, share, bufferSize: 1, options);
        }
        catch (IOException error) when (IsTaken(error))
        {
            return null;
        }
    }

    private static bool IsTaken(IOException error) => OperatingSystem.IsWindows()
        ? (error.HResult & 0xFFFF) is 32 or 33
        : error.HResult is 11 or 35; // EWOULDBLOCK of Linux and macOS
}
