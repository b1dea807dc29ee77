namespace LoNas.Storage;

/// <summary>
/// Says of a place that can't be written what the user asked for and why: the system's own message names a temporary
/// file or a lock beside it.
/// </summary>
internal static class WriteRefusal
{
    /// <summary>EROFS of Linux and macOS.</summary>
    private const int ReadOnlyDisk = 30;

    private const int WriteProtected = 19; // ERROR_WRITE_PROTECT of Windows

    /// <summary>Whether the system lets nobody, or not this user, write there.</summary>
    public static bool Is(Exception error) => IsReadOnly(error)
        || error is UnauthorizedAccessException or FileNotFoundException or DirectoryNotFoundException;

    /// <summary>The error of an output as it was given.</summary>
    public static UnauthorizedAccessException Of(Exception error, string path)
    {
        var folder = Path.GetDirectoryName(Path.GetFullPath(path));
        var reason = IsReadOnly(error) ? "its disk is read-only"
            : error is UnauthorizedAccessException ? $"this user may not write into '{folder}'"
            : Directory.Exists(folder) ? $"nothing can be made in '{folder}'" : $"'{folder}' can't be made";
        return new UnauthorizedAccessException($"'{path}' can't be written: {reason}; give another place", error);
    }

    private static bool IsReadOnly(Exception error) => error is IOException && (OperatingSystem.IsWindows()
        ? (error.HResult & 0xFFFF) == WriteProtected
        : error.HResult == ReadOnlyDisk);
}
