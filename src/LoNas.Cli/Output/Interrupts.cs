using System.Runtime.InteropServices;

namespace LoNas.Cli.Output;

/// <summary>
/// Where Ctrl+C does not end the work of a command: it stops an answer, and while a line is awaited, which nothing can
/// stop, signals are left to the system. A process has one keyboard, so that this is one of the process.
/// </summary>
internal static class Interrupts
{
    private static Func<PosixSignal, bool?>? _holder;

    /// <summary>
    /// The first Ctrl+C stops something until the result is disposed; the second one counts as usual.
    /// </summary>
    public static IDisposable Stop(CancellationTokenSource source) => new Hold(signal =>
    {
        if (signal != PosixSignal.SIGINT || source.IsCancellationRequested)
        {
            return null;
        }

        source.Cancel();
        return true;
    });

    /// <summary>Signals are the system's, which ends the process, until the result is disposed.</summary>
    public static IDisposable Leave() => new Hold(_ => false);

    /// <summary>Whether somebody takes a signal; false: the system does, null: nobody is asked.</summary>
    public static bool? Take(PosixSignal signal) => Volatile.Read(ref _holder)?.Invoke(signal);

    private sealed class Hold : IDisposable
    {
        private readonly Func<PosixSignal, bool?>? _before;

        public Hold(Func<PosixSignal, bool?> holder) => _before = Interlocked.Exchange(ref _holder, holder);

        public void Dispose() => Volatile.Write(ref _holder, _before);
    }
}
