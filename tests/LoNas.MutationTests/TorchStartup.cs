using System.Runtime.CompilerServices;
using LoNas.Runtime;

namespace LoNas.MutationTests;

/// <summary>Starts libtorch once, with one thread: the formats run in parallel themselves.</summary>
internal static class TorchStartup
{
    [ModuleInitializer]
    internal static void Start() => TorchRuntime.Initialize(threads: 1);
}
