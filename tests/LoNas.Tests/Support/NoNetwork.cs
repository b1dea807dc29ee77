using System.Runtime.CompilerServices;

namespace LoNas.Tests.Support;

/// <summary>A path that happens to look like a hub name must not send a test to a real host.</summary>
internal static class NoNetwork
{
    [ModuleInitializer]
    internal static void Forbid() => Environment.SetEnvironmentVariable("HF_HUB_OFFLINE", "1");
}
