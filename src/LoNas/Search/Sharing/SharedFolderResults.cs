using System.Text.Json.Nodes;

namespace LoNas.Search.Sharing;

/// <summary>The results of a search in a folder that several workers share.</summary>
internal sealed class SharedFolderResults : ISharedResults
{
    private static readonly TimeSpan Pause = TimeSpan.FromMilliseconds(100);

    private readonly SharedFolder _place;
    private readonly SharedSearch _search;
    private readonly JsonObject _identity;
    private readonly WorkerFile _own;
    private readonly Dictionary<string, double[]> _known = [];
    private long _length = -1;

    public SharedFolderResults(SharedFolder place, SharedSearch search)
    {
        (_place, _search, _identity) = (place, search, search.Identity());
        using (place.TakeJournal())
        {
            Read();
        }

        Count = _known.Count;
        _own = new WorkerFile(place.WorkersPath, search.Worker, search.Total);
    }

    public int Count { get; }

    public bool WritesFiles => true;

    public void Refresh()
    {
        if (_place.JournalLength() != _length)
        {
            using var held = _place.TakeJournal();
            Read();
        }
    }

    public double[]? Find(IReadOnlyList<int> genome) => _known.GetValueOrDefault(Genome.Key(genome));

    public IDisposable? TryClaim(int[] genome, int place)
    {
        using var held = _place.TakeJournal();
        Read();
        return Find(genome) is null && !_own.IsClaimedByOthers(genome) ? _own.Claim(genome) : null;
    }

    public void Publish(int[] genome, double[] objectives, double seconds)
    {
        using var held = _place.TakeJournal();
        // A disk may have lost this worker's claim, and another have measured it since.
        Read();
        if (Find(genome) is not null)
        {
            return;
        }

        // The note comes first: a result without one would stay without.
        _place.NoteMeasured(_search.Worker, new JsonObject
        {
            ["genome"] = new JsonArray([.. genome.Select(gene => (JsonNode)JsonValue.Create(gene))]),
            ["seconds"] = Math.Round(seconds, 3),
        });
        using (var journal = Journal())
        {
            journal.Append(genome, objectives);
        }

        Read();
    }

    public void Wait(CancellationToken cancel)
    {
        cancel.WaitHandle.WaitOne(Pause);
        cancel.ThrowIfCancellationRequested();
        Refresh();
    }

    public void Note(int done, string best) => _own.Note(done, best);

    public void Finish(IReadOnlyList<int[]> asked)
    {
        using var held = _place.TakeJournal();
        using var journal = Journal();
        journal.Finish(asked);
    }

    public void Dispose() => _own.Dispose();

    /// <summary>Takes in the lines since the last time.</summary>
    private void Read()
    {
        if (_length >= 0 && _place.JournalLength() == _length)
        {
            return;
        }

        using (var journal = Journal())
        {
            foreach (var (key, objectives) in journal.Known)
            {
                _known[key] = objectives;
            }
        }

        _length = _place.JournalLength();
    }

    private SearchJournal Journal() => SearchJournal.Open(
        _place.JournalPath,
        _identity,
        (genome, objectives) => Find(genome) is { } known && known.SequenceEqual(objectives)
            ? null : _search.Problem(genome, objectives));
}
