using LoNas.Kernels;
using static TorchSharp.torch;
using static TorchSharp.torch.nn;

namespace LoNas.Models.Layers;

/// <summary>The gated activation of LLaMA's MLP: silu(gate) * up (Shazeer, 2020).</summary>
public static class SwiGlu
{
    /// <summary>Activates.</summary>
    /// <param name="gate">[..., W].</param>
    /// <param name="up">[..., W].</param>
    /// <returns>[..., W].</returns>
    public static Tensor Of(Tensor gate, Tensor up)
    {
        if (is_grad_enabled() && KernelRows.Supports(gate) && gate.is_contiguous() && up.is_contiguous())
        {
            return SwiGluFunction.apply(gate, up);
        }

        using var activated = functional.silu(gate);
        return activated * up;
    }

    private sealed class SwiGluFunction : autograd.SingleTensorFunction<SwiGluFunction>
    {
        public override string Name => nameof(SwiGluFunction);

        public override Tensor forward(autograd.AutogradContext ctx, params object[] vars)
        {
            var (gate, up) = ((Tensor)vars[0], (Tensor)vars[1]);
            ctx.save_for_backward([gate, up]);
            return GatedKernel<SiluGate>.Forward(gate, up);
        }

        public override List<Tensor> backward(autograd.AutogradContext ctx, Tensor grad_output)
        {
            var saved = ctx.get_saved_variables();
            var (gate, up) = GatedKernel<SiluGate>.Backward(grad_output.contiguous(), saved[0], saved[1]);
            return [gate, up];
        }
    }
}
