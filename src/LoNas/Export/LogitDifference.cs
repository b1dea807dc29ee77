using LoNas.Errors;
using LoNas.Export.Gguf;
using LoNas.Runtime;
using static TorchSharp.torch;

namespace LoNas.Export;

/// <summary>How far logits are from those they should equal.</summary>
/// <param name="Largest">The largest difference.</param>
/// <param name="Relative">The same over the largest expected magnitude.</param>
/// <param name="Tolerance">The largest <paramref name="Relative"/> that is allowed.</param>
public sealed record LogitDifference(double Largest, double Relative, double Tolerance)
{
    /// <summary>
    /// Float32 leaves rounding of the additions only. The others round each merged weight once: to 2^-11 and 2^-8 of
    /// it, and what that does to logits grows with depth.
    /// </summary>
    internal static double ToleranceOf(ScalarType dtype) => dtype switch
    {
        ScalarType.Float32 => 1e-4,
        ScalarType.Float16 => 1e-2,
        _ => 5e-2,
    };

    /// <summary>Compares float32 logits of one shape.</summary>
    internal static LogitDifference Between(Tensor expected, Tensor actual, ScalarType dtype) =>
        Between(expected, actual, ToleranceOf(dtype));

    /// <summary>
    /// The same with the tolerance of a GGUF type; blocks of 8 bits round to 2^-8 of their largest element.
    /// </summary>
    internal static LogitDifference Between(Tensor expected, Tensor actual, GgufType type) => Between(
        expected, actual, type switch
        {
            GgufType.F32 => ToleranceOf(ScalarType.Float32),
            GgufType.F16 => ToleranceOf(ScalarType.Float16),
            _ => ToleranceOf(ScalarType.BFloat16),
        });

    private static LogitDifference Between(Tensor expected, Tensor actual, double tolerance)
    {
        using var scope = NewDisposeScope();
        double largest = expected.Minus(actual).abs().max().item<float>();
        double magnitude = Math.Max(expected.abs().max().item<float>(), float.Epsilon);
        return new LogitDifference(largest, largest / magnitude, tolerance);
    }

    /// <summary>Fails when the difference is over the tolerance, or no number.</summary>
    /// <exception cref="SelfCheckException">It is.</exception>
    internal LogitDifference Require(string output) => Relative <= Tolerance
        ? this
        : throw new SelfCheckException(
            $"The logits of '{output}' are {Largest:g3} from the masked model's ({Relative:g3} of the largest; "
            + $"{Tolerance:g3} is allowed), so it was removed; float32 rounds less, and without this check it is kept")
            .About(Setting.OutputType, Setting.Verification);
}
