using System.Text;
using System.Text.Json;
using System.Text.Json.Nodes;
using LoNas.Errors;

namespace LoNas.Storage;

/// <summary>
/// A file of intermediate results of a long run: one JSON object per line, each flushed to disk when it is appended.
/// The first line says what the results depend on. After a kill, the same run reads the results back and computes only
/// the rest.
/// </summary>
public sealed class JsonJournal : IDisposable
{
    private const int MostShown = 12;

    private readonly string _path;
    private readonly JsonObject _identity;
    private FileStream _stream;

    private JsonJournal(string path, JsonObject identity, FileStream stream, IReadOnlyList<JsonElement> entries) =>
        (_path, _identity, _stream, Entries) = (path, identity, stream, entries);

    /// <summary>The entries that the journal had when it was opened, without the first line.</summary>
    public IReadOnlyList<JsonElement> Entries { get; }

    /// <summary>Opens a journal or starts a new one. A line that was cut off by a kill is dropped.</summary>
    /// <param name="path">The file.</param>
    /// <param name="work">The kind of run, such as <c>search</c>, for messages.</param>
    /// <param name="identity">What the results depend on, such as configuration, seed and model.</param>
    /// <exception cref="InvalidDataException">
    /// The journal is damaged or belongs to a different run; the message lists the differences.
    /// </exception>
    public static JsonJournal Open(string path, string work, JsonObject identity)
    {
        var (entries, length) = File.Exists(path) ? Read(path, work) : ([], 0);
        if (entries.Count > 0)
        {
            RequireSame(path, work, entries[0], identity);
        }

        Directory.CreateDirectory(Path.GetDirectoryName(Path.GetFullPath(path))!);
        var journal = new JsonJournal(path, identity, OpenAt(path, length), [.. entries.Skip(1)]);
        if (entries.Count == 0)
        {
            journal.Append(identity);
        }

        return journal;
    }

    /// <summary>Appends an entry. It is on disk when this returns.</summary>
    /// <exception cref="IOException">The write failed; the journal is unchanged.</exception>
    public void Append(JsonObject entry)
    {
        long end = _stream.Length;
        try
        {
            _stream.Write(Line(entry));
            _stream.Flush(flushToDisk: true);
        }
        catch (IOException)
        {
            _stream.SetLength(end);
            throw;
        }
    }

    /// <summary>Puts other entries in the place of all that there are, atomically.</summary>
    public void Replace(IEnumerable<JsonObject> entries)
    {
        _stream.Dispose();
        AtomicFile.Write(_path, stream =>
        {
            foreach (var entry in entries.Prepend(_identity))
            {
                stream.Write(Line(entry));
            }
        });
        _stream = OpenAt(_path, new FileInfo(_path).Length);
    }

    /// <inheritdoc/>
    public void Dispose() => _stream.Dispose();

    private static byte[] Line(JsonObject entry) =>
        Encoding.UTF8.GetBytes(entry.ToJsonString(JsonOutput.Line) + "\n");

    private static FileStream OpenAt(string path, long length)
    {
        // Unbuffered, so that a line whose write failed is not written again when the file is closed.
        var stream = new FileStream(path, FileMode.OpenOrCreate, FileAccess.Write, FileShare.Read, bufferSize: 0);
        if (stream.Length != length)
        {
            stream.SetLength(length);
        }

        stream.Seek(0, SeekOrigin.End);
        return stream;
    }

    /// <summary>The complete lines and their length in bytes.</summary>
    private static (List<JsonElement> Entries, long Length) Read(string path, string work)
    {
        // One that was killed before its first line is empty, which no other file may be.
        InputPath.RequireFile(path, $"{work} journal");
        var bytes = new FileInfo(path).Length == 0 ? [] : InputPath.Read(path, $"{work} journal", File.ReadAllBytes);
        var entries = new List<JsonElement>();
        int start = 0;
        for (int end; (end = bytes.AsSpan(start).IndexOf((byte)'\n')) >= 0; start += end + 1)
        {
            var origin = $"{work} journal '{path}', line {entries.Count + 1},";
            entries.Add(JsonInput.Parse(bytes.AsMemory(start, end), origin).RequireObject(origin));
        }

        return (entries, start);
    }

    private static void RequireSame(string path, string work, JsonElement before, JsonObject identity)
    {
        var earlier = before.ToNode()!.AsObject();
        var different = identity.Select(entry => entry.Key).Union(earlier.Select(entry => entry.Key))
            .Where(key => !JsonNode.DeepEquals(identity[key], earlier[key]))
            .Select(key => $"{Excerpt.Of(key)} was {Show(earlier[key])} and is {Show(identity[key])}").ToArray();
        if (different.Length > 0)
        {
            throw new InvalidDataException(
                $"The {work} journal '{path}' belongs to another {work} "
                + $"({string.Join("; ", different.Take(MostShown))}); use the same settings to go on, "
                + "remove the file to start again, or write to another folder")
                .About(Setting.OutputFolder);
        }
    }

    private static string Show(JsonNode? value) => Excerpt.Of(value?.ToJsonString() ?? "none");
}
