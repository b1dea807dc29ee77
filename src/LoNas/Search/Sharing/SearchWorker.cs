using System.Runtime.Intrinsics;
using System.Runtime.Intrinsics.Arm;
using System.Runtime.Intrinsics.X86;
using System.Text.Json.Nodes;
using static TorchSharp.torch;

namespace LoNas.Search.Sharing;

/// <summary>Who measures, and on what: the same sub-adapter may have other last digits on another machine.</summary>
/// <param name="Host">The machine's name.</param>
/// <param name="ProcessId">The process there.</param>
/// <param name="Device">Where it computes.</param>
/// <param name="InstructionSet">The widest vectors of its processor.</param>
/// <param name="Threads">Its threads.</param>
public sealed record SearchWorker(string Host, int ProcessId, string Device, string InstructionSet, int Threads)
{
    /// <summary>This process.</summary>
    public static SearchWorker OfProcess(Device device) => new(
        Environment.MachineName, Environment.ProcessId, device.ToString(), Vectors(), get_num_threads());

    /// <summary>The same for a file.</summary>
    public JsonObject ToJson() => new()
    {
        ["host"] = Host,
        ["pid"] = ProcessId,
        ["device"] = Device,
        ["instruction_set"] = InstructionSet,
        ["threads"] = Threads,
    };

    private static string Vectors() =>
        Avx512F.IsSupported ? "AVX-512" : Avx2.IsSupported ? "AVX2" : AdvSimd.IsSupported ? "NEON"
        : Vector128.IsHardwareAccelerated ? "128 bit" : "none";
}
