namespace LoNas.Storage;

/// <summary>A file that one process at a time has open. The system holds it: it is free when its process is gone.</summary>
public static class FileLock
{
    /// <summary>Opens and locks a file, which is made where it is missing and goes with the lock.</summary>
    /// <param name="path">The file; its folder must exist.</param>
    /// <returns>The lock until it is disposed; null where another has it.</returns>
    public static IDisposable? TryTake(string path)
    {
        try
        {
            return new FileStream(
                path, FileMode.OpenOrCreate, FileAccess.Write, FileShare.None, bufferSize: 1, FileOptions.DeleteOnClose);
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
