using System.Globalization;

namespace LoNas.Cli.Output;

/// <summary>How fast work goes and how long it will still take, judged by the whole time so far.</summary>
internal sealed class ProgressRate(long total, long start, TimeProvider clock)
{
    // The first results of a batch come late and together: too few of them say nothing about the rest.
    private readonly long _least = Math.Min(8, (total - start + 49) / 50);
    private readonly long _begin = clock.GetTimestamp();

    /// <summary>Time since the start.</summary>
    public TimeSpan Elapsed => clock.GetElapsedTime(_begin);

    /// <summary>
    /// For example <c>12/500, 3.2/s, 2:33 left</c>; without rate and time as long as little can be told.
    /// </summary>
    public string Describe(long done)
    {
        double seconds = Elapsed.TotalSeconds;
        string count = $"{done}/{total}";
        if (done <= start || done - start < _least || seconds <= 0)
        {
            return count;
        }

        double perSecond = (done - start) / seconds;
        string speed = perSecond >= 1 ? Invariant($"{perSecond:0.0}/s") : Invariant($"{1 / perSecond:0.0} s each");
        return $"{count}, {speed}, {Clock(TimeSpan.FromSeconds((total - done) / perSecond))} left";
    }

    /// <summary>A duration as minutes and seconds, with hours where there are any.</summary>
    public static string Clock(TimeSpan time) => time.TotalHours >= 1
        ? Invariant($"{(long)time.TotalHours}:{time.Minutes:00}:{time.Seconds:00}")
        : Invariant($"{time.Minutes}:{time.Seconds:00}");

    private static string Invariant(FormattableString text) => text.ToString(CultureInfo.InvariantCulture);
}
