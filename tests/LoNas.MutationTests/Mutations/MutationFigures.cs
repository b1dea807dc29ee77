using System.Globalization;

namespace LoNas.MutationTests.Mutations;

/// <summary>What the cases of one format came to.</summary>
internal sealed class MutationFigures
{
    /// <summary>From this length on a file's own size and not the fixed costs decide what is allocated.</summary>
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
