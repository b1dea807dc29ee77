using LoNas.Kernels;
using static TorchSharp.torch;

namespace LoNas.Models.Layers;

/// <summary>
/// The gated activation of Gemma's MLP: gelu(gate) * up (Shazeer, 2020), GELU by its approximation with tanh.
/// </summary>
public static class GeGlu
{
    /// <summary>Activates.</summary>
    /// <param name="gate">[..., W].</param>
    /// <param name="up">[..., W].</param>
    /// <returns>[..., W].</returns>
    public static Tensor Of(Tensor gate, Tensor up)
    {
        if (KernelRows.Supports(gate) && gate.is_contiguous() && up.is_contiguous())
        {
            return is_grad_enabled()
                ? GeGluFunction.apply(gate, up)
                : GatedKernel<TanhGeluGate>.Forward(gate, up);
        }

        using var activated = DeviceScripts.TanhGelu(gate);
        return activated * up;
    }

    private sealed class GeGluFunction : autograd.SingleTensorFunction<GeGluFunction>
    {
        public override string Name => nameof(GeGluFunction);

        public override Tensor forward(autograd.AutogradContext ctx, params object[] vars)
        {
            var (gate, up) = ((Tensor)vars[0], (Tensor)vars[1]);
            ctx.save_for_backward([gate, up]);
            return GatedKernel<TanhGeluGate>.Forward(gate, up);
        }

        public override List<Tensor> backward(autograd.AutogradContext ctx, Tensor grad_output)
        {
            var saved = ctx.get_saved_variables();
            var (gate, up) = GatedKernel<TanhGeluGate>.Backward(grad_output.contiguous(), saved[0], saved[1]);
            return [gate, up];
        }
    }
}
