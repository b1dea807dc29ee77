using System.Numerics;
using System.Runtime.InteropServices;
using LoNas.Runtime;
using static TorchSharp.torch;

namespace LoNas.Training.Optimizer;

/// <summary>
/// One AdamW step of one parameter, in the order of operations of PyTorch's single-tensor implementation (Loshchilov
/// and Hutter, arXiv:1711.05101).
/// </summary>
internal static class AdamKernel
{
    /// <summary>
    /// A step in one pass over float32 memory. Each element goes through the same operations, none of them fused, so
    /// that the result depends neither on the width of the machine's vectors nor on the place of the element.
    /// </summary>
    public static void Step(
        Span<float> parameter,
        ReadOnlySpan<float> gradient,
        Span<float> average,
        Span<float> squares,
        AdamCoefficients at)
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

    /// <summary>A step by libtorch, for tensors that are not plain float32 memory.</summary>
    public static void Step(Tensor parameter, Tensor gradient, Tensor average, Tensor squares, AdamCoefficients at)
    {
        using var scope = NewDisposeScope();
        using var frozen = no_grad();

        // Scalars are held: a temporary one may be finalised while the native call reads it.
        using TorchSharp.Scalar factor = at.GradientFactor, decay = at.Decay;
        using TorchSharp.Scalar size = -at.StepSize, correction = at.Correction;
        using TorchSharp.Scalar beta1 = AdamCoefficients.Beta1, rest1 = 1 - AdamCoefficients.Beta1;
        using TorchSharp.Scalar beta2 = AdamCoefficients.Beta2, rest2 = 1 - AdamCoefficients.Beta2;
        using TorchSharp.Scalar epsilon = AdamCoefficients.Epsilon;
        var scaled = gradient.mul(factor);
        average.mul_(beta1).add_(scaled, rest1);
        squares.mul_(beta2).addcmul_(scaled, scaled, rest2);
        var root = squares.sqrt().div_(correction).Add(epsilon);
        parameter.mul_(decay).addcdiv_(average, root, size);
    }
}

/// <summary>The numbers of an AdamW step that are the same for all elements of a parameter.</summary>
/// <param name="GradientFactor">The factor of the gradients: clipping, and one over the loss scale.</param>
/// <param name="Decay">The factor of the parameter: 1 - learning rate * weight decay.</param>
/// <param name="StepSize">Learning rate over the first moment's bias correction.</param>
/// <param name="Correction">Square root of the second moment's bias correction.</param>
internal readonly record struct AdamCoefficients(
    double GradientFactor, double Decay, double StepSize, double Correction)
{
    public const double Beta1 = 0.9;
    public const double Beta2 = 0.999;
    public const double Epsilon = 1e-8;

    /// <summary>The coefficients of a parameter's step number <paramref name="step"/>, from 1.</summary>
    public static AdamCoefficients At(long step, double learningRate, double weightDecay, double gradientFactor) => new(
        gradientFactor,
        1 - (learningRate * weightDecay),
        learningRate / (1 - Math.Pow(Beta1, step)),
        Math.Sqrt(1 - Math.Pow(Beta2, step)));
}

/// <summary>The memory of a tensor as a span, if it is plain float32 memory.</summary>
internal static class CpuFloats
{
    /// <summary>Whether a tensor is float32 on the CPU, without gaps and within the reach of a span, 2 GiB.</summary>
    public static bool Has(Tensor tensor) => tensor.device_type == TorchSharp.DeviceType.CPU
        && tensor.dtype == ScalarType.Float32
        && tensor.is_contiguous()
        && tensor.numel() <= int.MaxValue / sizeof(float);

    /// <summary>The elements themselves; the tensor must outlive the span.</summary>
    public static Span<float> Of(Tensor tensor) => MemoryMarshal.Cast<byte, float>(tensor.bytes);
}
