namespace LoNas.Storage;

/// <summary>
/// A lock file that only one process at a time can open. The operating system releases it when the process ends.
/// </summary>
public static class FileLock
{
    /// <summary>Creates and locks a file, which is deleted when the lock is released.</summary>
    /// <param name="path">The file; its folder must exist.</param>
    /// <returns>The lock, held until it is disposed; null if another process has it.</returns>
    public static IDisposable? TryTake(string path)
    {
        try
        {
            return new FileStream(
                path, FileMode.OpenOrCreate, FileAccess.Write, FileShare.None, bufferSize: 1,
                FileOptions.DeleteOnClose);
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
