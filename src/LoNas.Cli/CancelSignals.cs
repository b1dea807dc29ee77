using System.Runtime.InteropServices;
using LoNas.Cli.Output;

namespace LoNas.Cli;

/// <summary>
/// Turns Ctrl+C and a request to terminate into a cancelled token, so that work ends in order and keeps what it has.
/// The second signal is left to the system, which ends the process at once.
/// </summary>
internal sealed class CancelSignals : IDisposable
{
    private readonly CancellationTokenSource _source = new();
    private readonly PosixSignalRegistration[] _registrations;
    private PosixSignal _first;

    public CancelSignals() => _registrations =
    [
        PosixSignalRegistration.Create(PosixSignal.SIGINT, Handle),
        PosixSignalRegistration.Create(PosixSignal.SIGTERM, Handle),
    ];

    public CancellationToken Token => _source.Token;

    /// <summary>The process' exit code: interrupted work ends with the code of the signal that came first.</summary>
    public int CodeOf(int code) =>
        code == ExitCode.Interrupted && _first == PosixSignal.SIGTERM ? ExitCode.Terminated : code;

    public void Dispose()
    {
        Array.ForEach(_registrations, registration => registration.Dispose());
        _source.Dispose();
    }

    private void Handle(PosixSignalContext context)
    {
        lock (_source)
        {
            if (_source.IsCancellationRequested)
            {
                return;
            }

            context.Cancel = true;
            _first = context.Signal;
        }

        _source.Cancel();
    }
}
