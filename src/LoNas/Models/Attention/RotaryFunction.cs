using LoNas.Kernels;
using static TorchSharp.torch;

namespace LoNas.Models.Attention;

/// <summary>Rotary positions as one node of the gradient's graph, which keeps the tables only.</summary>
internal sealed class RotaryFunction : autograd.SingleTensorFunction<RotaryFunction>
{
    public override string Name => nameof(RotaryFunction);

    /// <param name="ctx">Keeps what the backward pass needs.</param>
    /// <param name="vars">States [B, T, heads * D], cosine [T, D] and sine [T, D].</param>
    public override Tensor forward(autograd.AutogradContext ctx, params object[] vars)
    {
        var (cosine, sine) = ((Tensor)vars[1], (Tensor)vars[2]);
        ctx.save_for_backward([cosine, sine]);
        return RotaryKernel.Forward((Tensor)vars[0], cosine, sine);
    }

    public override List<Tensor> backward(autograd.AutogradContext ctx, Tensor grad_output)
    {
        var saved = ctx.get_saved_variables();
        return [RotaryKernel.Backward(grad_output.contiguous(), saved[0], saved[1]), null!, null!];
    }
}
