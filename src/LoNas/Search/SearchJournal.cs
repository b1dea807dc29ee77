using System.Text;
using System.Text.Json;
using System.Text.Json.Nodes;
using LoNas.Files;

namespace LoNas.Search;

/// <summary>
/// Every evaluation of a search, appended and flushed to disk as it comes. A search draws the same genomes again after an
/// interruption, so looking each up here first makes it go on and end like an unbroken one.
/// </summary>
public sealed class SearchJournal : IDisposable
{
    private readonly FileStream _stream;
    private readonly Dictionary<string, double[]> _known = [];

    private SearchJournal(FileStream stream) => _stream = stream;

    /// <summary>Different genomes evaluated so far.</summary>
    public int Count => _known.Count;

    /// <summary>Opens a journal, or starts one.</summary>
    /// <param name="path">The file, one JSON object a line.</param>
    /// <param name="identity">What the search depends on, such as configuration, seed and model.</param>
    /// <exception cref="InvalidDataException">It belongs to another search, whose differences are named, or is damaged.</exception>
    public static SearchJournal Open(string path, JsonObject identity)
    {
        var lines = File.Exists(path) ? WholeLines(path) : [];
        if (lines.Count > 0)
        {
            RequireSame(path, Parse(path, lines[0], 1), identity);
        }

        Directory.CreateDirectory(Path.GetDirectoryName(Path.GetFullPath(path))!);
        var stream = new FileStream(path, FileMode.OpenOrCreate, FileAccess.Write, FileShare.Read);
        var journal = new SearchJournal(stream);
        try
        {
            journal.Replay(path, lines);
            // A line that was being written when the process was killed is dropped.
            stream.SetLength(lines.Sum(line => Encoding.UTF8.GetByteCount(line) + 1));
            stream.Seek(0, SeekOrigin.End);
            if (lines.Count == 0)
            {
                journal.WriteLine(identity);
            }

            return journal;
        }
        catch
        {
            stream.Dispose();
            throw;
        }
    }

    /// <summary>The objectives of a genome that was evaluated before; null when it was not.</summary>
    public double[]? Find(IReadOnlyList<int> genome) => _known.GetValueOrDefault(Key(genome));

    /// <summary>Writes an evaluation; it is on disk when this returns.</summary>
    public void Append(IReadOnlyList<int> genome, double[] objectives)
    {
        _known[Key(genome)] = objectives;
        WriteLine(new JsonObject
        {
            ["genome"] = new JsonArray([.. genome.Select(gene => (JsonNode)JsonValue.Create(gene))]),
            ["objectives"] = new JsonArray([.. objectives.Select(value => (JsonNode)JsonValue.Create(value))]),
        });
    }

    /// <inheritdoc/>
    public void Dispose() => _stream.Dispose();

    private static List<string> WholeLines(string path)
    {
        var text = InputPath.ReadText(path, "search journal");
        return [.. text.Split('\n').SkipLast(1)];
    }

    private static JsonElement Parse(string path, string line, int number) =>
        JsonInput.Parse(line, $"search journal '{path}', line {number},").RequireObject($"search journal '{path}', line {number},");

    private static void RequireSame(string path, JsonElement before, JsonObject identity)
    {
        var earlier = JsonNode.Parse(before.GetRawText())!.AsObject();
        var different = identity.Select(entry => entry.Key).Union(earlier.Select(entry => entry.Key))
            .Where(key => !JsonNode.DeepEquals(identity[key], earlier[key]))
            .Select(key => $"{key} was {earlier[key]?.ToJsonString() ?? "none"} and is {identity[key]?.ToJsonString() ?? "none"}")
            .ToArray();
        if (different.Length > 0)
        {
            throw new InvalidDataException(
                $"The search journal '{path}' belongs to another search ({string.Join("; ", different)}); use the same "
                + "command, or another --output_dir");
        }
    }

    private void Replay(string path, List<string> lines)
    {
        for (int number = 2; number <= lines.Count; number++)
        {
            var entry = Parse(path, lines[number - 1], number);
            if (!entry.TryGetProperty("genome", out var genome) || !entry.TryGetProperty("objectives", out var objectives))
            {
                throw new InvalidDataException(
                    $"The search journal '{path}', line {number}, has no genome and objectives; remove the file to start again");
            }

            _known[Key([.. genome.EnumerateArray().Select(gene => gene.GetInt32())])] =
                [.. objectives.EnumerateArray().Select(value => value.GetDouble())];
        }
    }

    private static string Key(IReadOnlyList<int> genome) => string.Join(',', genome);

    private void WriteLine(JsonObject line)
    {
        _stream.Write(Encoding.UTF8.GetBytes(line.ToJsonString() + "\n"));
        _stream.Flush(flushToDisk: true);
    }
}
