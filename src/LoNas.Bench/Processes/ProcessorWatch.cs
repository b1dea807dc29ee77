using System.Diagnostics;

namespace LoNas.Bench.Processes;

/// <summary>The processor time of this process between two looks, all threads together.</summary>
internal sealed class ProcessorWatch : IDisposable
{
    private readonly Process _process = Process.GetCurrentProcess();
    private TimeSpan _last;

    public ProcessorWatch() => _last = _process.TotalProcessorTime;

    /// <summary>Seconds since the last look, or since the start.</summary>
    public double Lap()
    {
        _process.Refresh();
        var now = _process.TotalProcessorTime;
        double seconds = (now - _last).TotalSeconds;
        _last = now;
        return seconds;
    }

    public void Dispose() => _process.Dispose();
}
