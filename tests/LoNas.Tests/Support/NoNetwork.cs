using System.Runtime.CompilerServices;

namespace LoNas.Tests.Support;

/// <summary>Makes sure that no test connects to a real host because a path looks like a hub name.</summary>
internal static class NoNetwork
{
    [ModuleInitializer]
    internal static void Forbid() => Environment.SetEnvironmentVariable("HF_HUB_OFFLINE", "1");
}
