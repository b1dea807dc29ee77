namespace LoNas.Search.Sharing;

/// <summary>
/// The results of a search as its workers share them. A generation is the unit: each worker runs the whole search, and
/// of a generation it measures what it can claim and takes the rest from others, so that all of them are told the same
/// in the same order. One thread uses it.
/// </summary>
public interface ISharedResults : IDisposable
{
    /// <summary>Evaluations that were known when it was opened.</summary>
    int Count { get; }

    /// <summary>Whether this worker writes the search's files at the end.</summary>
    bool WritesFiles { get; }

    /// <summary>Takes in what others have published.</summary>
    void Refresh();

    /// <summary>The objectives of a genome; null where they are not known by now.</summary>
    double[]? Find(IReadOnlyList<int> genome);

    /// <summary>The right to measure a genome, held until it is disposed or its worker ends.</summary>
    /// <param name="genome">What nobody had measured when the generation began.</param>
    /// <param name="place">Its place among those of the generation.</param>
    /// <returns>Null if another worker measures it, or has by now.</returns>
    IDisposable? TryClaim(int[] genome, int place);

    /// <summary>Gives everybody a result; one that another has given meanwhile stays.</summary>
    /// <param name="genome">What was claimed.</param>
    /// <param name="objectives">[2], minimised, finite.</param>
    /// <param name="seconds">How long it took.</param>
    void Publish(int[] genome, double[] objectives, double seconds);

    /// <summary>Measures something, if there is anything that nobody else does.</summary>
    /// <param name="measureOne">Claims, measures and publishes one; false where there is none.</param>
    /// <param name="cancel">Stops it.</param>
    /// <returns>Whether there was anything; else others are to be waited for.</returns>
    /// <exception cref="OperationCanceledException">It was cancelled.</exception>
    bool Work(Func<CancellationToken, bool> measureOne, CancellationToken cancel)
    {
        cancel.ThrowIfCancellationRequested();
        return measureOne(cancel);
    }

    /// <summary>Waits a while for others, and takes in what they have published.</summary>
    /// <exception cref="OperationCanceledException">It was cancelled.</exception>
    void Wait(CancellationToken cancel);

    /// <summary>Tells others how far this worker has followed the search.</summary>
    /// <param name="done">Evaluations so far.</param>
    /// <param name="best">The best one in words.</param>
    void Note(int done, string best);

    /// <summary>The search is over; what stays is put in the order in which it was asked.</summary>
    /// <param name="asked">All genomes, in order.</param>
    void Finish(IReadOnlyList<int[]> asked);
}

/// <summary>Results that nobody shares, in memory.</summary>
internal sealed class MemoryResults : ISharedResults
{
    private readonly Dictionary<string, double[]> _known = [];

    public int Count => 0;

    public bool WritesFiles => true;

    public void Refresh()
    {
    }

    public double[]? Find(IReadOnlyList<int> genome) => _known.GetValueOrDefault(Genome.Key(genome));

    public IDisposable TryClaim(int[] genome, int place) => NoClaim.Instance;

    public void Publish(int[] genome, double[] objectives, double seconds) => _known[Genome.Key(genome)] = objectives;

    public void Wait(CancellationToken cancel) => throw new InvalidOperationException("there is nobody to wait for");

    public void Note(int done, string best)
    {
    }

    public void Finish(IReadOnlyList<int[]> asked)
    {
    }

    public void Dispose()
    {
    }
}

/// <summary>A claim that nobody else could have.</summary>
internal sealed class NoClaim : IDisposable
{
    private NoClaim()
    {
    }

    public static NoClaim Instance { get; } = new();

    public void Dispose()
    {
    }
}
