using System.Text;

namespace LoNas.Storage;

/// <summary>
/// Writes a file so that readers see the old content or the new content, never a part of it: it is written under a
/// temporary name in the same folder, flushed to disk and renamed. If the write fails, the old file stays and the
/// temporary file is removed.
/// </summary>
public static class AtomicFile
{
    /// <summary>
    /// Writes the file <paramref name="path"/> with <paramref name="write"/>. Creates the folder if it is missing.
    /// </summary>
    /// <exception cref="ArgumentException">
    /// A file is there already, or written by another process, and <paramref name="replace"/> is false.
    /// </exception>
    public static void Write(string path, Action<Stream> write, bool replace = true)
    {
        var full = Path.GetFullPath(path);
        // Without it two processes could both see that there is no file yet, and the later one replace the other's.
        using var held = replace ? null : OutputLock.Take(full);
        var temporary = $"{full}.{Guid.NewGuid():n}.tmp";
        try
        {
            using (var stream = Create(temporary, path))
            {
                write(stream);
                stream.Flush(flushToDisk: true);
            }

            Move(temporary, full, replace);
        }
        catch
        {
            File.Delete(temporary);
            throw;
        }
    }

    /// <summary>
    /// Lets <paramref name="write"/> write and check a file under a temporary name, then renames it to
    /// <paramref name="path"/>. First removes temporary files of the same output that killed processes left behind.
    /// </summary>
    /// <exception cref="ArgumentException">Another process is writing the same file.</exception>
    /// <exception cref="IOException">The write fails, for example because the disk is full.</exception>
    internal static void Place(string path, Action<string> write, bool replace = true)
    {
        var full = Path.GetFullPath(path);
        using var held = OutputLock.Take(full);
        var temporary = OutputLock.NewName(full, OutputLock.Temporary);
        try
        {
            write(temporary);
            Move(temporary, full, replace);
        }
        catch
        {
            File.Delete(temporary);
            throw;
        }
    }

    /// <summary>A file that came while this one was made stays too.</summary>
    private static void Move(string temporary, string full, bool replace)
    {
        try
        {
            File.Move(temporary, full, replace);
        }
        catch (IOException error) when (!replace && File.Exists(full))
        {
            throw new ArgumentException(
                $"The output '{full}' was written by another program meanwhile and stays; give another name", error);
        }
    }

    private static FileStream Create(string temporary, string path)
    {
        try
        {
            Directory.CreateDirectory(Path.GetDirectoryName(temporary)!);
            return new FileStream(
                temporary, FileMode.CreateNew, FileAccess.Write, FileShare.None, bufferSize: 1 << 16);
        }
        catch (Exception error) when (WriteRefusal.Is(error))
        {
            throw WriteRefusal.Of(error, path);
        }
    }

    /// <summary>Writes <paramref name="text"/> as UTF-8 without a byte order mark.</summary>
    public static void WriteText(string path, string text) =>
        Write(path, stream => stream.Write(Encoding.UTF8.GetBytes(text)));
}
