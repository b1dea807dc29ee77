using System.Diagnostics;

namespace LoNas.Training;

/// <summary>Tokens a second since it was last read.</summary>
internal sealed class SpeedMeter(long tokens)
{
    private long _tokens = tokens;
    private long _start = Stopwatch.GetTimestamp();

    public double Read(long tokensSeen)
    {
        double seconds = Stopwatch.GetElapsedTime(_start).TotalSeconds;
        double speed = seconds > 0 ? (tokensSeen - _tokens) / seconds : 0;
        (_tokens, _start) = (tokensSeen, Stopwatch.GetTimestamp());
        return speed;
    }
}
