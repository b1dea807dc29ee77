using LoNas.Cli.Output;
using LoNas.Runtime;

namespace LoNas.Cli.Model;

/// <summary>Starts libtorch for a command, and says once what there is to say about it.</summary>
internal static class TorchStart
{
    private static int _isTold;

    public static void Start(int? threads, ConsoleReporter console)
    {
        TorchRuntime.Initialize(threads);
        if (TorchRuntime.Warning is { } warning && Interlocked.Exchange(ref _isTold, 1) == 0)
        {
            console.Warn(warning);
        }
    }
}
