using LoNas.Kernels;
using static TorchSharp.torch;
using static TorchSharp.torch.nn;

namespace LoNas.Models.Layers;

/// <summary>The product of a linear layer, by the way that suits the number of rows.</summary>
internal static class Projection
{
    /// <summary>Computes input * weight^T + bias.</summary>
    /// <param name="input">[..., in], of the weight's type, or float32 before a narrower weight that is widened while it works.</param>
    /// <param name="weight">[out, in].</param>
    /// <param name="bias">[out]; or null.</param>
    /// <returns>[..., out].</returns>
    public static Tensor Of(Tensor input, Tensor weight, Tensor? bias = null)
    {
        if (input.dtype != weight.dtype)
        {
            using var rows = input.reshape(-1, input.shape[^1]);
            using var output = WideLinearFunction.apply(rows, weight, bias!);
            return output.view([.. input.shape[..^1], weight.shape[0]]);
        }

        return !is_grad_enabled() && LinearRowKernel.Supports(input, weight, bias)
            ? LinearRowKernel.Forward(input, weight, bias)
            : functional.linear(input, weight, bias);
    }
}
