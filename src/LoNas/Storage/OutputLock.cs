namespace LoNas.Storage;

/// <summary>
/// The lock on one output, held as long as temporary files of it exist. The process that takes the lock knows that any
/// temporary file of this output belongs to a killed process, and removes it.
/// </summary>
internal static class OutputLock
{
    /// <summary>The ending of the name of an incomplete folder.</summary>
    public const string Partial = ".partial";

    /// <summary>The ending of the name of an incomplete file.</summary>
    public const string Temporary = ".tmp";

    /// <summary>The ending of the name of a folder whose replacement is about to get its name.</summary>
    public const string Replaced = ".replaced";

    private const string Suffix = ".partial.lock";
    private const int IdLength = 32;

    /// <summary>
    /// Takes the lock and removes the temporary files of killed processes. Disposing the result releases the lock.
    /// </summary>
    /// <param name="full">The full path of the output.</param>
    /// <exception cref="ArgumentException">
    /// Another process is writing the same output, or its parent is a file.
    /// </exception>
    /// <exception cref="UnauthorizedAccessException">Nothing may be written there.</exception>
    public static IDisposable Take(string full)
    {
        var parent = Path.GetDirectoryName(full)!;
        if (File.Exists(parent))
        {
            throw new ArgumentException($"'{full}' can't be written: '{parent}' is a file; give a path in a folder");
        }

        try
        {
            Directory.CreateDirectory(parent);
            var held = FileLock.TryTake(full + Suffix) ?? throw new ArgumentException(
                $"'{full}' is being written by another process; wait for it or give another output");
            return WithoutAbandoned(full, held);
        }
        catch (Exception error) when (WriteRefusal.Is(error))
        {
            throw WriteRefusal.Of(error, full);
        }
    }

    /// <summary>A new temporary name beside an output, which <see cref="Take"/> recognises.</summary>
    public static string NewName(string full, string suffix) => $"{full}.{Guid.NewGuid():n}{suffix}";

    private static IDisposable WithoutAbandoned(string full, IDisposable held)
    {
        try
        {
            RemoveAbandoned(full);
            return held;
        }
        catch
        {
            held.Dispose();
            throw;
        }
    }

    private static void RemoveAbandoned(string full)
    {
        var name = Path.GetFileName(full);
        foreach (var entry in new DirectoryInfo(Path.GetDirectoryName(full)!).EnumerateFileSystemInfos($"{name}.*"))
        {
            if (!IsTemporary(entry, name))
            {
                continue;
            }

            try
            {
                if (entry is DirectoryInfo folder)
                {
                    Abandon(folder, full);
                }
                else
                {
                    entry.Delete();
                }
            }
            catch (Exception error) when (error is IOException or UnauthorizedAccessException)
            {
                // It belongs to another user; the output can still be written.
            }
        }
    }

    /// <summary>A folder that was being replaced is the output until another one is.</summary>
    private static void Abandon(DirectoryInfo folder, string full)
    {
        if (folder.Name.EndsWith(Replaced, StringComparison.Ordinal) && !Directory.Exists(full))
        {
            folder.MoveTo(full);
        }
        else
        {
            folder.Delete(recursive: true);
        }
    }

    private static bool IsTemporary(FileSystemInfo entry, string name)
    {
        int end = name.Length + 1 + IdLength;
        if (entry.Name.Length <= end || !Guid.TryParseExact(entry.Name.AsSpan(name.Length + 1, IdLength), "n", out _))
        {
            return false;
        }

        var rest = entry.Name[end..];
        return entry is DirectoryInfo
            ? rest is Partial or Replaced
            : rest.StartsWith(Temporary, StringComparison.Ordinal);
    }
}
