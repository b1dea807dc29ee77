using System.Diagnostics;
using System.Runtime.InteropServices;
using LoNas.Cli.Output;
using LoNas.Distributed;

namespace LoNas.Cli;

/// <summary>
/// Turns Ctrl+C, a request to terminate and SIGUSR1, which launchers and Slurm can send before those, into a cancelled
/// token, so that work ends in order and keeps what it has. The second signal is left to the system, which ends the
/// process at once; a launcher passes on what the terminal sends too, so that one that follows soon is the same.
/// </summary>
internal sealed class CancelSignals : IDisposable
{
    private readonly CancellationTokenSource _source = new();
    private static readonly TimeSpan Soon = TimeSpan.FromSeconds(5);

    private readonly bool _isLaunched = Launcher.Find() is not null;
    private readonly PosixSignalRegistration[] _registrations;
    private PosixSignal _first;
    private long _since;

    public CancelSignals() => _registrations =
        [.. Signals.Select(signal => PosixSignalRegistration.Create(signal, Handle))];

    private static IEnumerable<PosixSignal> Signals => OperatingSystem.IsWindows()
        ? [PosixSignal.SIGINT, PosixSignal.SIGTERM]
        : [PosixSignal.SIGINT, PosixSignal.SIGTERM, SaveAndStop];

    /// <summary>SIGUSR1, which .NET has no name for.</summary>
    private static PosixSignal SaveAndStop => (PosixSignal)(OperatingSystem.IsMacOS() ? 30 : 10);

    public CancellationToken Token => _source.Token;

    /// <summary>The process' exit code: interrupted work ends with the code of the signal that came first.</summary>
    public int CodeOf(int code) =>
        code != ExitCode.Interrupted || _first == PosixSignal.SIGINT ? code
        : _first == PosixSignal.SIGTERM ? ExitCode.Terminated
        : _first == SaveAndStop ? ExitCode.SavedAndStopped : code;

    public void Dispose()
    {
        Array.ForEach(_registrations, registration => registration.Dispose());
        _source.Dispose();
    }

    private void Handle(PosixSignalContext context)
    {
        if (Interrupts.Take(context.Signal) is { } isTaken)
        {
            context.Cancel = isTaken;
            return;
        }

        lock (_source)
        {
            if (_source.IsCancellationRequested)
            {
                context.Cancel = _isLaunched && Stopwatch.GetElapsedTime(_since) < Soon;
                return;
            }

            context.Cancel = true;
            (_first, _since) = (context.Signal, Stopwatch.GetTimestamp());
        }

        _source.Cancel();
    }
}
