using TorchSharp;
using static TorchSharp.torch;

namespace LoNas.Runtime;

/// <summary>
/// Sums, differences and ranges. TorchSharp's own make a scalar for the factor 1 or the start 0 with each call, as does
/// every number that is given to a tensor's method. The garbage collector may free it while libtorch reads it: a rare
/// error, or a wrong number without one. These hold theirs; elsewhere a scalar is a field, or a local of a using.
/// </summary>
internal static class HeldSums
{
    private static readonly Scalar One = 1;
    private static readonly Scalar MinusOne = -1;

    /// <summary>The sum of two tensors.</summary>
    public static Tensor Plus(this Tensor left, Tensor right) => left.add(right, One);

    /// <summary>The sum of a tensor and a scalar, which the caller holds.</summary>
    public static Tensor Plus(this Tensor left, Scalar right) => left.add(right, One);

    /// <summary>The whole numbers from one on and below another.</summary>
    public static Tensor Range(long start, long end, ScalarType type = ScalarType.Int64, Device? device = null)
    {
        using Scalar first = start, last = end;
        return arange(first, last, One, type, device);
    }

    /// <summary>The difference of two tensors.</summary>
    public static Tensor Minus(this Tensor left, Tensor right) => left.add(right, MinusOne);

    /// <summary>Adds to a tensor in its own memory.</summary>
    public static Tensor Add(this Tensor sum, Tensor addend) => sum.add_(addend, One);

    /// <summary>The same of a scalar, which the caller holds.</summary>
    public static Tensor Add(this Tensor sum, Scalar addend) => sum.add_(addend, One);
}
