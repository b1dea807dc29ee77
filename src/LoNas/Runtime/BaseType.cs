using static TorchSharp.torch;

namespace LoNas.Runtime;

/// <summary>The element type of the frozen base.</summary>
/// <param name="DType">float32, bfloat16 or float16.</param>
/// <param name="Warning">What the user should know about the choice; null when it is what was asked for.</param>
public sealed record BaseType(ScalarType DType, string? Warning)
{
    /// <summary>bfloat16 or float16 where that is asked for; with neither, the checkpoint's own type.</summary>
    public static BaseType For(Device device, ScalarType checkpoint, bool bf16, bool fp16) =>
        device.type == TorchSharp.DeviceType.CPU ? ForCpu(checkpoint, bf16, fp16)
        : bf16 ? new BaseType(ScalarType.BFloat16, null)
        : fp16 ? new BaseType(ScalarType.Float16, null)
        : new BaseType(checkpoint is ScalarType.Float16 or ScalarType.BFloat16 ? checkpoint : ScalarType.Float32, null);

    /// <summary>
    /// The same on a CPU, which computes float16 slowly and without all operations and so takes bfloat16 instead.
    /// </summary>
    public static BaseType ForCpu(ScalarType checkpoint, bool bf16, bool fp16)
    {
        if (bf16)
        {
            return new BaseType(ScalarType.BFloat16, null);
        }

        if (fp16)
        {
            return new BaseType(
                ScalarType.BFloat16, "float16 is used as bfloat16 on a CPU: same size, faster, wider range");
        }

        return checkpoint switch
        {
            ScalarType.Float16 => new BaseType(
                ScalarType.BFloat16,
                "the float16 checkpoint is used as bfloat16 on a CPU: same size, faster, wider range"),
            ScalarType.BFloat16 => new BaseType(ScalarType.BFloat16, null),
            _ => new BaseType(ScalarType.Float32, null),
        };
    }
}
