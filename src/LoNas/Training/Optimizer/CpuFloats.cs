using System.Runtime.InteropServices;
using static TorchSharp.torch;

namespace LoNas.Training.Optimizer;

/// <summary>The memory of a tensor as plain numbers, where it is plain.</summary>
internal static class CpuFloats
{
    /// <summary>Whether a tensor is float32 on the CPU, without gaps and within the reach of a span, 2 GiB.</summary>
    public static bool Has(Tensor tensor) => tensor.device_type == TorchSharp.DeviceType.CPU
        && tensor.dtype == ScalarType.Float32 && tensor.is_contiguous() && tensor.numel() <= int.MaxValue / sizeof(float);

    /// <summary>The elements themselves; the tensor must outlive the span.</summary>
    public static Span<float> Of(Tensor tensor) => MemoryMarshal.Cast<byte, float>(tensor.bytes);
}
