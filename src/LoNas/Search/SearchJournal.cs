using System.Text.Json.Nodes;
using LoNas.Files;

namespace LoNas.Search;

/// <summary>
/// Every evaluation of a search, appended and flushed to disk as it comes. A search draws the same genomes again after an
/// interruption, so looking each up here first makes it go on and end like an unbroken one.
/// </summary>
public sealed class SearchJournal : IDisposable
{
    private readonly JsonJournal _file;
    private readonly Dictionary<string, double[]> _known = [];

    private SearchJournal(JsonJournal file) => _file = file;

    /// <summary>Different genomes evaluated so far.</summary>
    public int Count => _known.Count;

    /// <summary>Opens a journal, or starts one.</summary>
    /// <param name="path">The file, one JSON object a line.</param>
    /// <param name="identity">What the search depends on, such as configuration, seed and model.</param>
    /// <exception cref="InvalidDataException">It belongs to another search, whose differences are named, or is damaged.</exception>
    public static SearchJournal Open(string path, JsonObject identity)
    {
        var file = JsonJournal.Open(path, "search", identity);
        var journal = new SearchJournal(file);
        try
        {
            journal.Replay(path);
            return journal;
        }
        catch
        {
            file.Dispose();
            throw;
        }
    }

    /// <summary>The objectives of a genome that was evaluated before; null when it was not.</summary>
    public double[]? Find(IReadOnlyList<int> genome) => _known.GetValueOrDefault(Key(genome));

    /// <summary>Writes an evaluation; it is on disk when this returns.</summary>
    public void Append(IReadOnlyList<int> genome, double[] objectives)
    {
        _known[Key(genome)] = objectives;
        _file.Append(new JsonObject
        {
            ["genome"] = new JsonArray([.. genome.Select(gene => (JsonNode)JsonValue.Create(gene))]),
            ["objectives"] = new JsonArray([.. objectives.Select(value => (JsonNode)JsonValue.Create(value))]),
        });
    }

    /// <inheritdoc/>
    public void Dispose() => _file.Dispose();

    private void Replay(string path)
    {
        foreach (var (index, entry) in _file.Entries.Index())
        {
            if (!entry.TryGetProperty("genome", out var genome) || !entry.TryGetProperty("objectives", out var objectives))
            {
                throw new InvalidDataException(
                    $"The search journal '{path}', line {index + 2}, has no genome and objectives; remove the file to start again");
            }

            _known[Key([.. genome.EnumerateArray().Select(gene => gene.GetInt32())])] =
                [.. objectives.EnumerateArray().Select(value => value.GetDouble())];
        }
    }

    private static string Key(IReadOnlyList<int> genome) => string.Join(',', genome);
}
