using System.Runtime.CompilerServices;
using LoNas.Runtime;

namespace LoNas.Tests.Support;

/// <summary>Starts libtorch once for all tests, with one thread: tests run in parallel themselves.</summary>
internal static class TorchStartup
{
    [ModuleInitializer]
    internal static void Start() => TorchRuntime.Initialize(threads: 1);
}
