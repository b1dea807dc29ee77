using LoNas.Runtime;
using TorchSharp.Modules;
using static TorchSharp.torch;
using static TorchSharp.torch.nn;

namespace LoNas.Bench.Eager;

/// <summary>
/// A frozen linear with a LoRA branch, operation by operation as PEFT's Linear.forward: the input is cast to the
/// adapter's float32, the branch is computed there, scaled and added.
/// </summary>
public sealed class EagerLinear(Tensor weight, Parameter? lower, Parameter? upper, double scaling)
{
    /// <summary>A, [r, in]; null without a branch.</summary>
    public Parameter? Lower { get; } = lower;

    /// <summary>B, [out, r].</summary>
    public Parameter? Upper { get; } = upper;

    /// <summary>The active part; null for all of it.</summary>
    public (long In, long Out, int Rank)? Cut { get; set; }

    /// <param name="input">[..., in].</param>
    /// <returns>[..., out].</returns>
    public Tensor Forward(Tensor input)
    {
        var result = functional.linear(input, Part(weight, Cut?.Out, Cut?.In));
        if (Lower is null || Upper is null)
        {
            return result;
        }

        var branch = functional.linear(input.to(Lower.dtype), Part(Lower, Cut?.Rank, Cut?.In));
        // Held: a temporary scalar may be finalised while the native call reads it.
        using TorchSharp.Scalar factor = scaling;
        branch = functional.linear(branch, Part(Upper, Cut?.Out, Cut?.Rank)) * factor;
        return result.Plus(branch).to(input.dtype);
    }

    private static Tensor Part(Tensor matrix, long? rows, long? columns) =>
        rows is null ? matrix : matrix.narrow(0, 0, rows.Value).narrow(1, 0, columns!.Value);
}
