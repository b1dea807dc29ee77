using LoNas.Kernels;
using static TorchSharp.torch;
using static TorchSharp.torch.nn;

namespace LoNas.Models;

/// <summary>The product of a linear layer, by the way that suits the number of rows.</summary>
internal static class Projection
{
    /// <summary>Computes input * weight^T + bias.</summary>
    /// <param name="input">[..., in], of the weight's type.</param>
    /// <param name="weight">[out, in].</param>
    /// <param name="bias">[out]; or null.</param>
    /// <returns>[..., out].</returns>
    public static Tensor Of(Tensor input, Tensor weight, Tensor? bias = null) =>
        !is_grad_enabled() && LinearRowKernel.Supports(input, weight, bias)
            ? LinearRowKernel.Forward(input, weight, bias)
            : functional.linear(input, weight, bias);
}
