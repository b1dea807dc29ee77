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

    /// <summary>Activates what one linear gives for both.</summary>
    /// <param name="both">Gate and behind it up, [..., 2 W].</param>
    /// <returns>[..., W].</returns>
    public static Tensor OfHalves(Tensor both)
    {
        if (is_grad_enabled() && KernelRows.Supports(both))
        {
            return FusedFunction.apply(both);
        }

        using var scope = NewDisposeScope();
        var halves = both.chunk(2, -1);
        return Of(halves[0], halves[1]).MoveToOuterDisposeScope();
    }

    private sealed class FusedFunction : autograd.SingleTensorFunction<FusedFunction>
    {
        public override string Name => nameof(FusedFunction);

        public override Tensor forward(autograd.AutogradContext ctx, params object[] vars)
        {
            var halves = ((Tensor)vars[0]).chunk(2, -1);
            var (gate, up) = (halves[0].contiguous(), halves[1].contiguous());
            ctx.save_for_backward([gate, up]);
            return GatedKernel<SiluGate>.Forward(gate, up);
        }

        public override List<Tensor> backward(autograd.AutogradContext ctx, Tensor grad_output)
        {
            var saved = ctx.get_saved_variables();
            var (gate, up) = GatedKernel<SiluGate>.Backward(grad_output.contiguous(), saved[0], saved[1]);
            return [cat([gate, up], -1)];
        }
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
