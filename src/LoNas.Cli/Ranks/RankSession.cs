using System.Globalization;
using LoNas.Cli.Output;
using LoNas.Distributed;

namespace LoNas.Cli.Ranks;

/// <summary>
/// The processes that work on a command together. Preparation may fail on any of them, and they meet after it: then all
/// go on or none. What fails later ends all at once.
/// </summary>
internal sealed class RankSession
{
    private readonly IReadOnlyList<RankPlace> _places = [];
    private readonly string _library = "";

    private RankSession(ICollectives ranks) => Ranks = ranks;

    /// <param name="ranks">What they tell each other by.</param>
    /// <param name="places">Where they run.</param>
    /// <param name="library">What moves it.</param>
    public RankSession(ICollectives ranks, IReadOnlyList<RankPlace> places, string library)
        : this(ranks) => (_places, _library) = (places, library);

    /// <summary>This process alone.</summary>
    public static RankSession Alone { get; } = new(SingleProcess.Instance);

    /// <summary>What the ranks tell each other by.</summary>
    public ICollectives Ranks { get; }

    /// <summary>Whether this is the rank that writes, logs and shows, which one that is alone does too.</summary>
    public bool IsFirst => Ranks.Rank == 0;

    /// <summary>Whether there are others.</summary>
    public bool HasOthers => Ranks.Size > 1;

    /// <summary>Where this rank runs; null where it is alone and nobody asked.</summary>
    public RankPlace? Place => _places.Count == 0 ? null : _places[Ranks.Rank];

    /// <summary>What is there to go on from, in words, for messages about an early end.</summary>
    public Func<string>? Kept { get; set; }

    /// <summary>Which rank this is, for its messages.</summary>
    public string Name => Place is { } place ? $"rank {place.Rank} on {place.Host}" : "";

    /// <summary>
    /// Prepares the work on every rank and lets them meet: gives what was prepared where all can begin.
    /// </summary>
    /// <param name="prepare">Prepares it; what is null is nothing to be done.</param>
    /// <param name="report">What has to be the same on all of it, and where it will run.</param>
    /// <param name="console">Shows which ranks there are.</param>
    /// <exception cref="RankRefusalException">A rank can't begin, or they differ.</exception>
    public T? Meet<T>(Func<T?> prepare, Func<T?, RankReport> report, ConsoleReporter console)
        where T : class, IDisposable
    {
        if (!HasOthers)
        {
            return prepare();
        }

        T? prepared = null;
        RankReport own;
        try
        {
            prepared = prepare();
            own = report(prepared);
        }
        catch (Exception error)
        {
            var failure = Failure.Of(error);
            own = RankReport.Failed(failure.Message, failure.ExitCode);
        }

        var meeting = RankMeeting.Hold(Ranks, _places, own);
        if (meeting.Problem is { } problem)
        {
            prepared?.Dispose();
            throw new RankRefusalException(problem, meeting.Code(ExitCode.BadInput));
        }

        if (prepared is not null)
        {
            Show(meeting, console);
        }

        return prepared;
    }

    private void Show(RankMeeting meeting, ConsoleReporter console)
    {
        console.Line($"{Ranks.Size} ranks, by {_library}:");
        console.Table(
            null, ["rank", "host", "process", "threads", "device"],
            _places.Zip(meeting.Reports, (place, report) => (IReadOnlyList<string>)
            [
                Text(place.Rank), place.Host, Text(place.Process), Text(report.Threads), report.Device,
            ]));
    }

    private static string Text(int number) => number.ToString(CultureInfo.InvariantCulture);
}
