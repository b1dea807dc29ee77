using System.Text.Json;
using System.Text.Json.Nodes;
using LoNas.Distributed;

namespace LoNas.Search.Sharing;

/// <summary>
/// Results that ranks exchange after each has measured one: what is lost with a rank that is killed is that one.
/// </summary>
internal sealed class RankedResults : ISharedResults
{
    private readonly ICollectives _ranks;
    private readonly SearchJournal? _journal;
    private readonly Dictionary<string, double[]> _known;
    private readonly Dictionary<string, (int[] Genome, double[] Objectives)> _own = [];

    /// <param name="ranks">The ranks.</param>
    /// <param name="journal">The first rank's; null on others, and where nothing is written.</param>
    /// <param name="known">Genomes, as text, and objectives that all know.</param>
    public RankedResults(ICollectives ranks, SearchJournal? journal, JsonArray known)
    {
        (_ranks, _journal) = (ranks, journal);
        _known = known.ToDictionary(
            entry => entry![0]!.GetValue<string>(),
            entry => new[] { entry![1]!.GetValue<double>(), entry[2]!.GetValue<double>() });
        Count = _known.Count;
    }

    public int Count { get; }

    public bool WritesFiles => _ranks.Rank == 0;

    public void Refresh()
    {
    }

    public double[]? Find(IReadOnlyList<int> genome) => _known.GetValueOrDefault(Genome.Key(genome));

    public IDisposable? TryClaim(int[] genome, int place) =>
        place % _ranks.Size == _ranks.Rank && !_own.ContainsKey(Genome.Key(genome)) ? NoClaim.Instance : null;

    public void Publish(int[] genome, double[] objectives, double seconds)
    {
        _own.Add(Genome.Key(genome), (genome, objectives));
        // On disk before the others have theirs.
        _journal?.Append(genome, objectives);
    }

    /// <summary>
    /// Each rank measures one, or none, and all exchange what they have, also where they were stopped.
    /// </summary>
    public bool Work(Func<CancellationToken, bool> measureOne, CancellationToken cancel)
    {
        bool isWhole = _ranks.Together(stop => measureOne(stop), cancel);
        var own = JsonSerializer.SerializeToUtf8Bytes(
            _own.Values.Select(one => new Measured(one.Genome, one.Objectives)).ToArray());
        foreach (var one in _ranks.Gather(own).SelectMany(bytes => JsonSerializer.Deserialize<Measured[]>(bytes)!))
        {
            _known.Add(Genome.Key(one.Genome), one.Objectives);
            if (_journal is not null && _journal.Find(one.Genome) is null)
            {
                _journal.Append(one.Genome, one.Objectives);
            }
        }

        _own.Clear();
        return isWhole ? true : throw new OperationCanceledException(cancel);
    }

    public void Wait(CancellationToken cancel) => throw new InvalidOperationException("ranks wait while they work");

    public void Note(int done, string best)
    {
    }

    public void Finish(IReadOnlyList<int[]> asked) => _journal?.Finish(asked);

    public void Dispose() => _journal?.Dispose();

    private sealed record Measured(int[] Genome, double[] Objectives);
}
