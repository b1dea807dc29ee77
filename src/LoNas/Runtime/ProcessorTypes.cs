using System.Runtime.Intrinsics.X86;

namespace LoNas.Runtime;

/// <summary>
/// In which element type this processor multiplies faster. A function of the processor alone, so that a run computes
/// the same whenever it goes on there.
/// </summary>
public static class ProcessorTypes
{
    private const int FeatureLeaf = 7;
    private const int AmxBFloat16 = 1 << 22; // EDX of sub-leaf 0
    private const int Avx512BFloat16 = 1 << 5; // EAX of sub-leaf 1
    private const int Amd = 0x68747541; // EBX of leaf 0: "Auth"

    /// <summary>
    /// Whether products of bfloat16 take longer than those of float32: on x86 without matrix tiles, where the vector
    /// instruction for them is absent or, on Intel's, issued at half the rate (docs/performance.md).
    /// </summary>
    public static bool PrefersFloat32 { get; } = X86Base.IsSupported && PrefersFloat32Of(X86Base.CpuId);

    /// <param name="cpuId">EAX, EBX, ECX and EDX of a leaf and sub-leaf.</param>
    internal static bool PrefersFloat32Of(Func<int, int, (int Eax, int Ebx, int Ecx, int Edx)> cpuId)
    {
        var (highest, vendor, _, _) = cpuId(0, 0);
        if (highest < FeatureLeaf)
        {
            return true;
        }

        var (subLeaves, _, _, features) = cpuId(FeatureLeaf, 0);
        bool hasVectors = subLeaves >= 1 && (cpuId(FeatureLeaf, 1).Eax & Avx512BFloat16) != 0;
        return (features & AmxBFloat16) == 0 && !(hasVectors && vendor == Amd);
    }
}
