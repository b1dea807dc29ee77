using System.Globalization;

namespace LoNas.MutationTests.Mutations;

/// <summary>The statistics of the cases of one format.</summary>
internal sealed class MutationFigures
{
    /// <summary>Above this length, allocations depend on the size of the file and not on fixed costs.</summary>
    private const long Large = 1 << 18;

    private (TimeSpan Time, int Case) _slowest;
    private (double Times, int Case) _largest;
    private long _mostOfSmall;

    public int Inputs { get; private set; }

    public int Refused { get; private set; }

    public void Add(int number, long length, bool isRefused, TimeSpan time, long allocated)
    {
        Inputs++;
        Refused += isRefused ? 1 : 0;
        _slowest = time > _slowest.Time ? (time, number) : _slowest;
        if (length >= Large && (double)allocated / length is var times && times > _largest.Times)
        {
            _largest = (times, number);
        }

        _mostOfSmall = length < Large ? Math.Max(_mostOfSmall, allocated) : _mostOfSmall;
    }

    public string Line(string format) => string.Create(
        CultureInfo.InvariantCulture,
        $"| {format} | {Inputs} | {Refused} | {_slowest.Time.TotalMilliseconds:0} ms (case {_slowest.Case}) | "
        + $"{_mostOfSmall / 1024} KiB | {_largest.Times:0.0} times (case {_largest.Case}) |");
}
