namespace LoNas.Distributed;

/// <summary>
/// Collectives that tell when one takes too long: a machine that hangs and a network that is cut are never reported by
/// those that wait for them.
/// </summary>
public sealed class WatchedCollectives : ICollectives, IDisposable
{
    private readonly ICollectives _inner;
    private readonly TimeSpan _limit;
    private readonly ITimer _timer;
    private string _doing = "";
    private long _done;

    /// <param name="inner">Does the work.</param>
    /// <param name="limit">How long one collective may take.</param>
    /// <param name="late">Is called from another thread with what has taken longer; it ends the process.</param>
    /// <param name="clock">Measures the time.</param>
    public WatchedCollectives(ICollectives inner, TimeSpan limit, Action<string> late, TimeProvider clock)
    {
        (_inner, _limit) = (inner, limit);
        _timer = clock.CreateTimer(
            _ => late($"{_doing}, collective {_done + 1} of the run"), null, Timeout.InfiniteTimeSpan,
            Timeout.InfiniteTimeSpan);
    }

    /// <inheritdoc/>
    public int Rank => _inner.Rank;

    /// <inheritdoc/>
    public int Size => _inner.Size;

    /// <inheritdoc/>
    public byte[][] Gather(ReadOnlySpan<byte> own)
    {
        Begin($"gathering {own.Length} bytes");
        var all = _inner.Gather(own);
        End();
        return all;
    }

    /// <inheritdoc/>
    public void Exchange(
        ReadOnlySpan<byte> sent, ReadOnlySpan<int> sentLengths, Span<byte> received, ReadOnlySpan<int> receivedLengths)
    {
        Begin($"exchanging {sent.Length} bytes");
        _inner.Exchange(sent, sentLengths, received, receivedLengths);
        End();
    }

    /// <summary>Stops watching.</summary>
    public void Dispose() => _timer.Dispose();

    private void Begin(string doing)
    {
        _doing = doing;
        _timer.Change(_limit, Timeout.InfiniteTimeSpan);
    }

    // An exception leaves the timer running, for the process is about to end then.
    private void End()
    {
        _timer.Change(Timeout.InfiniteTimeSpan, Timeout.InfiniteTimeSpan);
        _done++;
    }
}
