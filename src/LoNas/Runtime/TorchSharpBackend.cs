using System.Reflection;
using TorchSharp;

namespace LoNas.Runtime;

/// <summary>What TorchSharp believes to be loaded.</summary>
internal static class TorchSharpBackend
{
    private const string Flag = "nativeBackendLoaded";

    /// <summary>
    /// Keeps TorchSharp from loading torch_cpu by itself. It would find the file beside the program first, and the system loads that
    /// as a second library, since it is another file than the one in use; two of them end the process. TorchSharp has no other way
    /// to be told (dotnet/TorchSharp#169).
    /// </summary>
    public static void MarkLoaded() => Field.SetValue(null, true);

    internal static FieldInfo Field => typeof(torch).GetField(Flag, BindingFlags.NonPublic | BindingFlags.Static)
        ?? throw new NativeLibraryException($"This TorchSharp has no field '{Flag}', so another libtorch can't be used with it");
}
