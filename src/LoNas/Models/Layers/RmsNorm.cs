using LoNas.Kernels;
using LoNas.Runtime;
using LoNas.Weights;
using TorchSharp;
using TorchSharp.Modules;
using static TorchSharp.torch;
using static TorchSharp.torch.nn;

namespace LoNas.Models.Layers;

/// <summary>
/// Root mean square normalisation (Zhang and Sennrich, 2019), computed in float32 as Transformers does.
/// </summary>
public sealed class RmsNorm : Module<Tensor, Tensor>
{
    private readonly Parameter weight;
    // One that lives as long as the module: a scalar made for a call may be collected during that call, with its
    // memory.
    private readonly Scalar _epsilon;
    private readonly float _narrowEpsilon;

    /// <summary>Takes the gain from a checkpoint.</summary>
    /// <param name="weights">The checkpoint.</param>
    /// <param name="path">The module's name in it.</param>
    /// <param name="size">Width of what is normalised.</param>
    /// <param name="epsilon">Added to the mean square before its root.</param>
    public RmsNorm(WeightMap weights, string path, long size, double epsilon)
        : base(nameof(RmsNorm))
    {
        weight = weights.Take($"{path}.weight", size);
        _epsilon = epsilon;
        _narrowEpsilon = (float)epsilon;
        RegisterComponents();
    }

    /// <summary>Normalises.</summary>
    /// <param name="input">[..., size].</param>
    /// <returns>[..., size], in the input's type.</returns>
    public override Tensor forward(Tensor input)
    {
        if (is_grad_enabled() && !weight.requires_grad && KernelRows.Supports(input) && input.is_contiguous())
        {
            using var like = weight.to(input.dtype);
            return RmsNormFunction.apply(input, like, _narrowEpsilon);
        }

        if (input.device_type != DeviceType.CPU && weight.dtype == input.dtype)
        {
            return DeviceScripts.RmsNorm(input, weight, _epsilon);
        }

        using var scope = NewDisposeScope();
        var wide = input.to(ScalarType.Float32);
        var inverse = (wide * wide).mean([-1], keepdim: true).Plus(_epsilon).rsqrt(); // [..., 1]
        return (weight * (wide * inverse).to(input.dtype)).to(input.dtype).MoveToOuterDisposeScope();
    }

    /// <summary>
    /// Normalisation with a frozen weight as one node of the gradient's graph, which keeps no copy of the input.
    /// </summary>
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
}
