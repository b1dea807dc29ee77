using LoNas.Kernels;
using static TorchSharp.torch;

namespace LoNas.Models.Layers;

/// <summary>Normalisation with a frozen weight as one node of the gradient's graph, which keeps no copy of the input.</summary>
internal sealed class RmsNormFunction : autograd.SingleTensorFunction<RmsNormFunction>
{
    public override string Name => nameof(RmsNormFunction);

    /// <param name="ctx">Keeps what the backward pass needs.</param>
    /// <param name="vars">Input [..., H], weight [H] and epsilon.</param>
    public override Tensor forward(autograd.AutogradContext ctx, params object[] vars)
    {
        var (input, weight) = ((Tensor)vars[0], (Tensor)vars[1]);
        var (output, inverse) = RmsNormKernel.Forward(input, weight, (float)vars[2]);
        ctx.save_for_backward([input, weight, inverse]);
        return output;
    }

    public override List<Tensor> backward(autograd.AutogradContext ctx, Tensor grad_output)
    {
        var saved = ctx.get_saved_variables();
        return [RmsNormKernel.Backward(grad_output.contiguous(), saved[0], saved[1], saved[2]), null!, null!];
    }
}
