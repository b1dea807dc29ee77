using static TorchSharp.torch;

namespace LoNas.Models.Layers;

/// <summary>A frozen linear layer over float32 rows, whose narrow weight is widened anew for the gradient instead of kept.</summary>
internal sealed class WideLinearFunction : autograd.SingleTensorFunction<WideLinearFunction>
{
    public override string Name => nameof(WideLinearFunction);

    /// <param name="ctx">Keeps what the backward pass needs.</param>
    /// <param name="vars">Input [N, in], weight [out, in] and bias [out] or null.</param>
    public override Tensor forward(autograd.AutogradContext ctx, params object[] vars)
    {
        var weight = (Tensor)vars[1];
        ctx.save_for_backward([weight]);
        return WideProduct.Forward((Tensor)vars[0], weight, (Tensor?)vars[2]);
    }

    public override List<Tensor> backward(autograd.AutogradContext ctx, Tensor grad_output) =>
        [WideProduct.Backward(grad_output.contiguous(), ctx.get_saved_variables()[0]), null!, null!];
}
