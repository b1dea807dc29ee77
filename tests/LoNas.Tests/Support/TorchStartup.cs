using System.Runtime.CompilerServices;
using LoNas.Runtime;

namespace LoNas.Tests.Support;

/// <summary>Starts libtorch once for all tests, with one thread, since tests run in parallel.</summary>
internal static class TorchStartup
{
    /// <summary>More than all tests allocate, or nearly; memory is taken as it is used.</summary>
    private const long AllocatedByTests = 4L << 30;

    [ModuleInitializer]
    internal static void Start()
    {
        TorchRuntime.Initialize(threads: 1);
        // TorchSharp makes a scalar for every number in an expression and leaves it to the finaliser. A garbage
        // collection caused by another test can run the finaliser while a native call still reads the scalar
        // (dotnet/TorchSharp#1434), which fails now and then on a busy machine. Without collections it can't.
        GC.TryStartNoGCRegion(AllocatedByTests);
    }
}
