namespace LoNas.Cli.Output;

/// <summary>
/// Shows how far some work is: a bar on a terminal, elsewhere a line now and then. When disposed it leaves one line
/// that says how far the work came and how long it took.
/// </summary>
internal sealed class ProgressLine : IDisposable
{
    /// <summary>Least time between two plain lines.</summary>
    private static readonly TimeSpan Pause = TimeSpan.FromSeconds(10);

    private readonly ConsoleReporter _console;
    private readonly string _name;
    private readonly ProgressRate _rate;
    private readonly LiveBar? _live;
    private TimeSpan _next;
    private string _last = "";

    internal ProgressLine(ConsoleReporter console, string name, ProgressRate rate, LiveBar? live) =>
        (_console, _name, _rate, _live) = (console, name, rate, live);

    /// <summary>Tells how far the work is.</summary>
    /// <param name="done">Units done.</param>
    /// <param name="detail">Numbers shown beside it, such as the loss.</param>
    public void Update(long done, string detail = "")
    {
        _last = $"{_name} {_rate.Describe(done)}{(detail.Length > 0 ? $", {detail}" : "")}";
        if (_live is not null)
        {
            _live.Update(done, _last);
        }
        else if (_rate.Elapsed >= _next)
        {
            _console.Show(_last);
            _next = _rate.Elapsed + Pause;
            _last = "";
        }
    }

    public void Dispose()
    {
        _console.EndBar();

        // The latest state, unless it stands there already.
        if (_last.Length > 0)
        {
            _console.Show(_last);
        }

        _console.Line($"{_name}: {ProgressRate.Clock(_rate.Elapsed)}");
    }
}
