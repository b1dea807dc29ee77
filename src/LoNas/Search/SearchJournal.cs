using System.Text.Json;
using System.Text.Json.Nodes;
using LoNas.Storage;

namespace LoNas.Search;

/// <summary>
/// Every evaluation of a search, written to disk as it comes. After an interruption a search draws the same genomes
/// again; since each is looked up here first, the search continues and ends as if it had not been interrupted.
/// </summary>
public sealed class SearchJournal : IDisposable
{
    /// <summary>The number of a genome's objectives.</summary>
    private const int Objectives = 2;

    private readonly JsonJournal _file;
    private readonly Dictionary<string, double[]> _known = [];

    private SearchJournal(JsonJournal file) => _file = file;

    /// <summary>How many different genomes were evaluated so far.</summary>
    public int Count => _known.Count;

    /// <summary>Opens a journal, or starts one.</summary>
    /// <param name="path">The file, one JSON object per line.</param>
    /// <param name="identity">What the search depends on, such as configuration, seed and model.</param>
    /// <exception cref="InvalidDataException">
    /// It is damaged, or of another search, in which case the differences are named.
    /// </exception>
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

    /// <summary>The objectives of a genome, if it was evaluated before; else null.</summary>
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
                    $"The search journal '{path}', line {index + 2}, is damaged: expected a 'genome', a list of whole "
                    + $"numbers, and 'objectives', a list of {Objectives} numbers; remove the file to start again");
            }

            _known[Key([.. genome.Select(level => (int)level)])] = objectives;
        }
    }

    /// <summary>The numbers of a list; null if there is no such list.</summary>
    private static double[]? Values(JsonElement entry, string name) =>
        entry.TryGetProperty(name, out var list) && list.ValueKind == JsonValueKind.Array
        && list.EnumerateArray().All(value => value.ValueKind == JsonValueKind.Number)
            ? [.. list.EnumerateArray().Select(value => value.GetDouble())]
            : null;

    private static string Key(IReadOnlyList<int> genome) => string.Join(',', genome);
}
