using LoNas.Kernels;
using LoNas.Runtime;
using TorchSharp;
using static TorchSharp.torch;

namespace LoNas.Models.Attention;

/// <summary>c tanh(x s / c), by which scores and logits stay between -c and c (Gemma 2, 2024).</summary>
internal static class SoftCap
{
    // Held: a temporary one may be finalised while the native call reads it.
    private static readonly Scalar One = 1;

    /// <summary>Bounds logits; their gradient needs the logits before it, and not what it returns.</summary>
    /// <param name="logits">Any shape.</param>
    /// <param name="cap">c.</param>
    public static Tensor Of(Tensor logits, double cap) => is_grad_enabled() && logits.requires_grad
        ? SoftCapFunction.apply(logits, cap)
        : Bounded(logits, 1, cap);

    /// <summary>The bounded numbers.</summary>
    /// <param name="values">Any shape.</param>
    /// <param name="scale">s.</param>
    /// <param name="cap">c.</param>
    public static Tensor Bounded(Tensor values, double scale, double cap)
    {
        if (KernelRows.Supports(values) && values.is_contiguous())
        {
            var bounded = empty_like(values);
            SoftCapKernel.Forward(values, bounded, scale, cap);
            return bounded;
        }

        using Scalar inner = scale / cap, outer = cap;
        return values.mul(inner).tanh_().mul_(outer);
    }

    /// <summary>Turns the gradient of bounded numbers into that of the numbers, in place.</summary>
    /// <param name="gradient">Of the bounded numbers.</param>
    /// <param name="values">The numbers.</param>
    /// <param name="scale">s.</param>
    /// <param name="cap">c.</param>
    public static void Backward(Tensor gradient, Tensor values, double scale, double cap)
    {
        if (KernelRows.Supports(values) && values.is_contiguous() && gradient.is_contiguous())
        {
            SoftCapKernel.Backward(gradient, values, scale, cap);
            return;
        }

        using var scope = NewDisposeScope();
        using Scalar inner = scale / cap, factor = scale;
        var bounded = values.mul(inner).tanh_();
        gradient.mul_(bounded.mul_(bounded).neg_().Add(One)).mul_(factor); // 1 - tanh^2
    }

    private sealed class SoftCapFunction : autograd.SingleTensorFunction<SoftCapFunction>
    {
        public override string Name => nameof(SoftCapFunction);

        public override Tensor forward(autograd.AutogradContext ctx, params object[] vars)
        {
            var (logits, cap) = ((Tensor)vars[0], (double)vars[1]);
            ctx.save_for_backward([logits]);
            ctx.save_data(nameof(cap), cap);
            return Bounded(logits, 1, cap);
        }

        public override List<Tensor> backward(autograd.AutogradContext ctx, Tensor grad_output)
        {
            // A copy: what is given may be the memory of the output, which others may read.
            var gradient = grad_output.contiguous().clone();
            SoftCap.Backward(gradient, ctx.get_saved_variables()[0], 1, (double)ctx.get_data("cap"));
            return [gradient, null!];
        }
    }
}
