using TorchSharp;
using static TorchSharp.torch;

namespace LoNas.Kernels;

/// <summary>
/// Operations of libtorch that TorchSharp does not bind, called through TorchScript, with their gradients. They are for
/// tensors that the kernels of this folder do not support: on a device other than the CPU, or in float16.
/// </summary>
/// <remarks>libtorch ends the process if a script does not compile, so the scripts are constant and tested.</remarks>
internal static class DeviceScripts
{
    // dtype 7 is float64, in which the norm of float32 gradients can't overflow.
    private const string Source = """
        def rms_norm(x: Tensor, weight: Tensor, epsilon: float):
            return torch.rms_norm(x, [x.size(-1)], weight, epsilon)

        def tanh_gelu(x: Tensor):
            return torch.gelu(x, approximate="tanh")

        def norms(tensors: List[Tensor]):
            return torch.stack(torch._foreach_norm(tensors, 2, dtype=7))

        def adamw(parameters: List[Tensor], gradients: List[Tensor], averages: List[Tensor], squares: List[Tensor],
                  steps: List[Tensor], rate: float, decay: float, divisor: Tensor):
            torch._fused_adamw_(parameters, gradients, averages, squares, [], steps, lr=rate, beta1=0.9, beta2=0.999,
                                weight_decay=decay, eps=1e-8, amsgrad=False, maximize=False, grad_scale=divisor,
                                found_inf=None)
            return divisor

        """;

    private static readonly Lazy<jit.CompilationUnit> Unit = new(() => jit.compile(Source));

    /// <summary>Root mean square normalisation, computed in float32.</summary>
    /// <param name="input">[..., H].</param>
    /// <param name="weight">[H], of the input's type.</param>
    /// <param name="epsilon">
    /// Added to the mean square. It must stay alive during the call, so don't pass a temporary.
    /// </param>
    /// <returns>[..., H].</returns>
    public static Tensor RmsNorm(Tensor input, Tensor weight, Scalar epsilon) =>
        (Tensor)Unit.Value.invoke("rms_norm", input, weight, epsilon);

    /// <summary>GELU by its approximation with tanh, computed in float32.</summary>
    public static Tensor TanhGelu(Tensor input) => (Tensor)Unit.Value.invoke("tanh_gelu", input);

    /// <summary>The Euclidean norm of each tensor, [n] float64.</summary>
    public static Tensor Norms(Tensor[] tensors) => (Tensor)Unit.Value.invoke("norms", (object)tensors);

    /// <summary>A step of AdamW (betas 0.9 and 0.999, epsilon 1e-8) for many parameters at once.</summary>
    /// <param name="parameters">Moved in place.</param>
    /// <param name="gradients">Divided in place by <paramref name="divisor"/>.</param>
    /// <param name="averages">Running means of the gradients.</param>
    /// <param name="squares">Running means of their squares.</param>
    /// <param name="steps">The number of each parameter's step, from 1, scalars of float32.</param>
    /// <param name="rate">Learning rate.</param>
    /// <param name="decay">Weight decay.</param>
    /// <param name="divisor">[1] float32.</param>
    public static void AdamW(
        Tensor[] parameters, Tensor[] gradients, Tensor[] averages, Tensor[] squares, Tensor[] steps,
        double rate, double decay, Tensor divisor)
    {
        using Scalar heldRate = rate, heldDecay = decay;
        using var same = (Tensor)Unit.Value.invoke(
            "adamw", parameters, gradients, averages, squares, steps, heldRate, heldDecay, divisor);
    }
}
