using System.Text;

namespace LoNas.Storage;

/// <summary>
/// Writes a file so that a reader sees the old one or the new one, never half of it: a temporary name in the same
/// folder, a flush to disk, a rename. A failed write leaves the last good file and no temporary one.
/// </summary>
public static class AtomicFile
{
    /// <summary>Writes <paramref name="path"/> through <paramref name="write"/>; its folder is created if missing.</summary>
    public static void Write(string path, Action<Stream> write)
    {
        var full = Path.GetFullPath(path);
        Directory.CreateDirectory(Path.GetDirectoryName(full)!);
        var temporary = $"{full}.{Guid.NewGuid():n}.tmp";
        try
        {
            using (var stream = new FileStream(temporary, FileMode.CreateNew, FileAccess.Write, FileShare.None, 1 << 16))
            {
                write(stream);
                stream.Flush(flushToDisk: true);
            }

            File.Move(temporary, full, overwrite: true);
        }
        catch
        {
            File.Delete(temporary);
            throw;
        }
    }

    /// <summary>
    /// Lets <paramref name="write"/> write and check a file of another name, which is then given this one. What a killed
    /// process left of the same file is removed first.
    /// </summary>
    /// <exception cref="ArgumentException">Another process writes the same file.</exception>
    /// <exception cref="IOException">The disk does not take it.</exception>
    internal static void Place(string path, Action<string> write)
    {
        var full = Path.GetFullPath(path);
        using var held = OutputLock.Take(full);
        var temporary = OutputLock.NewName(full, OutputLock.Temporary);
        try
        {
            write(temporary);
            File.Move(temporary, full, overwrite: true);
        }
        catch
        {
            File.Delete(temporary);
            throw;
        }
    }

    /// <summary>Writes <paramref name="text"/> as UTF-8 without a byte order mark.</summary>
    public static void WriteText(string path, string text) =>
        Write(path, stream => stream.Write(Encoding.UTF8.GetBytes(text)));
}
