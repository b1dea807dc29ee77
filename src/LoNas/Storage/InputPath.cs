using System.Text;

namespace LoNas.Storage;

/// <summary>Opens files and folders that the user named, with one clear message if that fails.</summary>
public static class InputPath
{
    /// <summary>
    /// Reads a text file. <paramref name="purpose"/> says in messages what the file is, such as "data set".
    /// </summary>
    /// <exception cref="InvalidDataException">The file is missing, can't be read or is not UTF-8.</exception>
    public static string ReadText(string path, string purpose) => Encoding.UTF8.GetString(
        TextInput.AsUtf8(Read(path, purpose, File.ReadAllBytes), $"{purpose} '{path}'").Span);

    /// <summary>The lines of a text file, as File.ReadAllLines gives them.</summary>
    /// <exception cref="InvalidDataException">As in <see cref="ReadText"/>.</exception>
    public static IReadOnlyList<string> ReadLines(string path, string purpose)
    {
        using var reader = new StringReader(ReadText(path, purpose));
        var lines = new List<string>();
        while (reader.ReadLine() is { } line)
        {
            lines.Add(line);
        }

        return lines;
    }

    /// <summary>Reads a file with <paramref name="read"/>.</summary>
    /// <exception cref="InvalidDataException">
    /// The file is missing, can't be read, or is another one in its place, such as a pointer or a server's message.
    /// </exception>
    public static T Read<T>(string path, string purpose, Func<string, T> read)
    {
        RequireFile(path, purpose);
        try
        {
            return StandIn.Find(path, purpose) is { } other
                ? throw new InvalidDataException($"The {purpose} '{path}' {other}")
                : read(path);
        }
        catch (EndOfStreamException error)
        {
            throw new InvalidDataException(
                $"The {purpose} '{path}' ends before what it announces; it is cut off, get it again", error);
        }
        catch (Exception error) when (error is UnauthorizedAccessException or IOException)
        {
            throw new InvalidDataException($"The {purpose} '{path}' can't be read: {error.Message}", error);
        }
    }

    /// <summary>Opens a file whose content does not matter, such as to hash or copy it.</summary>
    /// <exception cref="InvalidDataException">There is no such file.</exception>
    internal static FileStream OpenAny(string path, string purpose = "file")
    {
        RequireFile(path, purpose);
        return new FileStream(path, FileMode.Open, FileAccess.Read, FileShare.Read, bufferSize: 0);
    }

    /// <summary>Checks that a file exists.</summary>
    /// <exception cref="InvalidDataException">
    /// It does not exist, or is a folder, a pipe, a device or a socket.
    /// </exception>
    public static void RequireFile(string path, string purpose)
    {
        if (Directory.Exists(path))
        {
            throw new InvalidDataException($"The {purpose} '{path}' is a folder; expected a file");
        }

        if (FileKind.OfOther(path) is { } kind)
        {
            throw new InvalidDataException(
                $"The {purpose} '{path}' is {kind}; expected a file, since it is read more than once: write what comes "
                + "from there into one");
        }

        if (!File.Exists(path) || LeadsNowhere(path))
        {
            throw new InvalidDataException(
                $"The {purpose} '{path}' {StandIn.OfMissing(path) ?? "does not exist; check the path"}");
        }
    }

    /// <summary>A link exists as a file even where its target does not.</summary>
    private static bool LeadsNowhere(string path)
    {
        try
        {
            return new FileInfo(path).ResolveLinkTarget(returnFinalTarget: true) is { Exists: false };
        }
        catch (IOException)
        {
            return true; // links that lead to each other
        }
    }

    /// <summary>Checks that a folder exists.</summary>
    /// <exception cref="InvalidDataException">It does not exist, or is a file.</exception>
    public static void RequireFolder(string path, string purpose)
    {
        if (File.Exists(path))
        {
            throw new InvalidDataException($"The {purpose} '{path}' is a file; expected a folder");
        }

        if (!Directory.Exists(path))
        {
            throw new InvalidDataException($"The {purpose} folder '{path}' does not exist; check the path");
        }
    }
}
