using System.Numerics;
using static TorchSharp.torch;

namespace LoNas.Training.Optimizer;

/// <summary>
/// One AdamW step of one parameter, in the order of operations of PyTorch's single-tensor implementation (Loshchilov and
/// Hutter, arXiv:1711.05101).
/// </summary>
internal static class AdamKernel
{
    /// <summary>
    /// All in one pass over float32 memory. Each element is computed by itself in the same operations, none of them fused,
    /// so that the result depends neither on the width of the machine's vectors nor on the element's place.
    /// </summary>
    public static void Step(
        Span<float> parameter, ReadOnlySpan<float> gradient, Span<float> average, Span<float> squares, AdamCoefficients at)
    {
        var (factor, decay, size, correction) =
            ((float)at.GradientFactor, (float)at.Decay, (float)-at.StepSize, (float)at.Correction);
        const float Beta1 = (float)AdamCoefficients.Beta1;
        const float Beta2 = (float)AdamCoefficients.Beta2;
        const float Rest1 = (float)(1 - AdamCoefficients.Beta1);
        const float Rest2 = (float)(1 - AdamCoefficients.Beta2);
        const float Epsilon = (float)AdamCoefficients.Epsilon;
        int at0 = 0;
        for (; at0 <= parameter.Length - Vector<float>.Count; at0 += Vector<float>.Count)
        {
            var g = new Vector<float>(gradient[at0..]) * factor;
            var m = (new Vector<float>(average[at0..]) * Beta1) + (g * Rest1);
            var v = (new Vector<float>(squares[at0..]) * Beta2) + (g * Rest2 * g);
            var root = (Vector.SquareRoot(v) / correction) + new Vector<float>(Epsilon);
            ((new Vector<float>(parameter[at0..]) * decay) + (m * size / root)).CopyTo(parameter[at0..]);
            m.CopyTo(average[at0..]);
            v.CopyTo(squares[at0..]);
        }

        for (int i = at0; i < parameter.Length; i++)
        {
            float g = gradient[i] * factor;
            average[i] = (average[i] * Beta1) + (g * Rest1);
            squares[i] = (squares[i] * Beta2) + (g * Rest2 * g);
            float root = (MathF.Sqrt(squares[i]) / correction) + Epsilon;
            parameter[i] = (parameter[i] * decay) + (average[i] * size / root);
        }
    }

    /// <summary>The same by libtorch, for tensors that are no plain float32 memory.</summary>
    public static void Step(Tensor parameter, Tensor gradient, Tensor average, Tensor squares, AdamCoefficients at)
    {
        using var scope = NewDisposeScope();
        using var frozen = no_grad();

        // Scalars are held: a temporary one may be finalised while the native call reads it.
        using TorchSharp.Scalar factor = at.GradientFactor, decay = at.Decay, size = -at.StepSize, correction = at.Correction;
        using TorchSharp.Scalar beta1 = AdamCoefficients.Beta1, rest1 = 1 - AdamCoefficients.Beta1;
        using TorchSharp.Scalar beta2 = AdamCoefficients.Beta2, rest2 = 1 - AdamCoefficients.Beta2;
        using TorchSharp.Scalar epsilon = AdamCoefficients.Epsilon;
        var scaled = gradient.mul(factor);
        average.mul_(beta1).add_(scaled, rest1);
        squares.mul_(beta2).addcmul_(scaled, scaled, rest2);
        var root = squares.sqrt().div_(correction).add_(epsilon);
        parameter.mul_(decay).addcdiv_(average, root, size);
    }
}
