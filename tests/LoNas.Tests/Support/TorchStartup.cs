using System.Runtime.CompilerServices;
using LoNas.Runtime;

namespace LoNas.Tests.Support;

/// <summary>Starts libtorch once for all tests, with one thread: tests run in parallel themselves.</summary>
internal static class TorchStartup
{
    /// <summary>More than all tests allocate, or nearly; memory is taken as it is used.</summary>
    private const long AllocatedByTests = 4L << 30;

    [ModuleInitializer]
    internal static void Start()
    {
        TorchRuntime.Initialize(threads: 1);
        // TorchSharp makes a scalar for every number in an expression and leaves it to the finaliser, which another
        // test's garbage collection can start while the native call still reads it (dotnet/TorchSharp#1434). On a busy
        // machine that fails now and then; without collections it can't.
        GC.TryStartNoGCRegion(AllocatedByTests);
    }
}
