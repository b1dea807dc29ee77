using System.Text.Json;
using System.Text.Json.Nodes;
using LoNas.Storage;

namespace LoNas.Search;

/// <summary>
/// Every evaluation of a search, appended and flushed to disk as it comes. A search draws the same genomes again after an
/// interruption, so looking each up here first makes it go on and end like an unbroken one.
/// </summary>
public sealed class SearchJournal : IDisposable
{
    /// <summary>Numbers that a genome is measured by.</summary>
    private const int Objectives = 2;

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
            if (Values(entry, "genome") is not { Length: > 0 } genome
                || Values(entry, "objectives") is not { Length: Objectives } objectives
                || genome.Any(level => level != Math.Floor(level) || level is < 0 or > int.MaxValue))
            {
                throw new InvalidDataException(
                    $"The search journal '{path}', line {index + 2}, is damaged: expected a 'genome', a list of whole numbers, "
                    + $"and 'objectives', a list of {Objectives} numbers; remove the file to start again");
            }

            _known[Key([.. genome.Select(level => (int)level)])] = objectives;
        }
    }

    /// <summary>The numbers of a list; null where it is none.</summary>
    private static double[]? Values(JsonElement entry, string name) =>
        entry.TryGetProperty(name, out var list) && list.ValueKind == JsonValueKind.Array
        && list.EnumerateArray().All(value => value.ValueKind == JsonValueKind.Number)
            ? [.. list.EnumerateArray().Select(value => value.GetDouble())]
            : null;

    private static string Key(IReadOnlyList<int> genome) => string.Join(',', genome);
}
