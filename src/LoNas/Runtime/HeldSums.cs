using TorchSharp;
using static TorchSharp.torch;

namespace LoNas.Runtime;

/// <summary>
/// Sums and differences of tensors. TorchSharp's own make a scalar for the factor 1 with each call, which the garbage
/// collector may free while libtorch reads it: a rare error, or a wrong factor without one. These hold it.
/// </summary>
internal static class HeldSums
{
    private static readonly Scalar One = 1;
    private static readonly Scalar MinusOne = -1;

    /// <summary>The sum of two tensors.</summary>
    public static Tensor Plus(this Tensor left, Tensor right) => left.add(right, One);

    /// <summary>The sum of a tensor and a scalar, which the caller holds.</summary>
    public static Tensor Plus(this Tensor left, Scalar right) => left.add(right, One);

    /// <summary>The difference of two tensors.</summary>
    public static Tensor Minus(this Tensor left, Tensor right) => left.add(right, MinusOne);

    /// <summary>Adds to a tensor in its own memory.</summary>
    public static Tensor Add(this Tensor sum, Tensor addend) => sum.add_(addend, One);

    /// <summary>The same of a scalar, which the caller holds.</summary>
    public static Tensor Add(this Tensor sum, Scalar addend) => sum.add_(addend, One);
}
