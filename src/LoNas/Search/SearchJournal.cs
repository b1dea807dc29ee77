using System.Text.Json;
using System.Text.Json.Nodes;
using LoNas.Search.Sharing;
using LoNas.Storage;

namespace LoNas.Search;

/// <summary>
/// Every evaluation of a search, written to disk as it comes. After an interruption a search draws the same genomes
/// again; since each is looked up here first, the search continues and ends as if it had not been interrupted.
/// </summary>
public sealed class SearchJournal : ISharedResults
{
    /// <summary>The number of a genome's objectives.</summary>
    private const int Objectives = 2;

    /// <summary>The line of the first evaluation; the one before says what the search depends on.</summary>
    private const int FirstLine = 2;

    private readonly JsonJournal _file;
    private readonly Dictionary<string, double[]> _known = [];
    private readonly List<int[]> _order = [];

    private SearchJournal(JsonJournal file) => _file = file;

    /// <summary>How many different genomes were evaluated so far.</summary>
    public int Count => _known.Count;

    /// <inheritdoc/>
    public bool WritesFiles => true;

    /// <summary>Genomes as text, with their objectives.</summary>
    internal IReadOnlyDictionary<string, double[]> Known => _known;

    /// <summary>Opens a journal, or starts one.</summary>
    /// <param name="path">The file, one JSON object per line.</param>
    /// <param name="identity">What the search depends on, such as configuration, seed and model.</param>
    /// <param name="problem">
    /// What an evaluation has that this search can't have found, from its genome and objectives; null where it is
    /// possible. Without it, only their form is checked.
    /// </param>
    /// <exception cref="InvalidDataException">
    /// It is damaged, or of another search, in which case the differences are named.
    /// </exception>
    public static SearchJournal Open(
        string path, JsonObject identity, Func<int[], double[], string?>? problem = null)
    {
        var file = JsonJournal.Open(path, "search", identity);
        var journal = new SearchJournal(file);
        try
        {
            journal.Replay(path, problem ?? ((_, _) => null));
            return journal;
        }
        catch
        {
            file.Dispose();
            throw;
        }
    }

    /// <summary>The objectives of a genome, if it was evaluated before; else null.</summary>
    public double[]? Find(IReadOnlyList<int> genome) => _known.GetValueOrDefault(Genome.Key(genome));

    /// <summary>Writes an evaluation; it is on disk when this returns.</summary>
    public void Append(IReadOnlyList<int> genome, double[] objectives)
    {
        _known[Genome.Key(genome)] = objectives;
        _order.Add([.. genome]);
        _file.Append(Entry(genome, objectives));
    }

    /// <inheritdoc/>
    public void Refresh()
    {
        // One process alone has it.
    }

    /// <inheritdoc/>
    public IDisposable TryClaim(int[] genome, int place) => NoClaim.Instance;

    /// <inheritdoc/>
    public void Publish(int[] genome, double[] objectives, double seconds) => Append(genome, objectives);

    /// <inheritdoc/>
    public void Wait(CancellationToken cancel) => throw new InvalidOperationException("there is nobody to wait for");

    /// <inheritdoc/>
    public void Note(int done, string best)
    {
        // Nobody asks.
    }

    /// <summary>
    /// Puts the evaluations in the order in which they were asked; several workers write them as they come.
    /// </summary>
    public void Finish(IReadOnlyList<int[]> asked)
    {
        int[][] ordered = [.. asked.Where(genome => Find(genome) is not null).Concat(_order).DistinctBy(Genome.Key)];
        if (!ordered.Select(Genome.Key).SequenceEqual(_order.Select(Genome.Key)))
        {
            _file.Replace(ordered.Select(genome => Entry(genome, Find(genome)!)));
        }
    }

    /// <inheritdoc/>
    public void Dispose() => _file.Dispose();

    private void Replay(string path, Func<int[], double[], string?> problemOf)
    {
        var problems = new List<string>();
        foreach (var (index, entry) in _file.Entries.Index())
        {
            int line = index + FirstLine;
            if (Values(entry, "genome") is not { Length: > 0 } levels
                || Values(entry, "objectives") is not { Length: Objectives } objectives
                || levels.Any(level => level != Math.Floor(level) || level is < 0 or > int.MaxValue))
            {
                throw new InvalidDataException(
                    $"The search journal '{path}', line {line}, is damaged: expected a 'genome', a list of whole "
                    + $"numbers, and 'objectives', a list of {Objectives} numbers; remove the file to start again");
            }

            int[] genome = [.. levels.Select(level => (int)level)];
            var problem = objectives.Any(value => !double.IsFinite(value))
                ? "an objective is no number, or larger than any"
                : problemOf(genome, objectives);
            problem ??= _known.TryAdd(Genome.Key(genome), objectives) ? null
                : "its genome stands in an earlier line, too";
            _order.Add(genome);
            if (problem is not null)
            {
                problems.Add($"  line {line}: {problem}");
            }
        }

        ConfigurationNode.ThrowIfAny(
            problems,
            $"The search journal '{path}' has evaluations that this search can't have made; remove these lines to "
            + "measure them again, or the file to start again");
    }

    /// <summary>The numbers of a list; null if there is no such list.</summary>
    private static double[]? Values(JsonElement entry, string name) =>
        entry.TryGetProperty(name, out var list) && list.ValueKind == JsonValueKind.Array
        && list.EnumerateArray().All(value => value.ValueKind == JsonValueKind.Number)
            ? [.. list.EnumerateArray().Select(value => value.GetDouble())]
            : null;

    private static JsonObject Entry(IReadOnlyList<int> genome, double[] objectives) => new()
    {
        ["genome"] = new JsonArray([.. genome.Select(gene => (JsonNode)JsonValue.Create(gene))]),
        ["objectives"] = new JsonArray([.. objectives.Select(value => (JsonNode)JsonValue.Create(value))]),
    };
}
