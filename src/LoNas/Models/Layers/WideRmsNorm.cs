using LoNas.Kernels;
using LoNas.Runtime;
using LoNas.Weights;
using TorchSharp;
using TorchSharp.Modules;
using static TorchSharp.torch;
using static TorchSharp.torch.nn;

namespace LoNas.Models.Layers;

/// <summary>
/// Root mean square normalisation whose gain is multiplied in float32, before the result is narrowed, and may be stored
/// as its distance from 1: that of Gemma and of OLMo 2.
/// </summary>
public sealed class WideRmsNorm : Module<Tensor, Tensor>
{
    private readonly Parameter weight;
    // One that lives as long as the module: a scalar made for a call may be collected during that call, with its
    // memory.
    private readonly Scalar _epsilon;
    private readonly Scalar _offset;
    private readonly float _narrowEpsilon;
    private readonly Tensor? _gain;

    /// <summary>Takes the gain from a checkpoint.</summary>
    /// <param name="weights">The checkpoint.</param>
    /// <param name="path">The module's name in it.</param>
    /// <param name="size">Width of what is normalised.</param>
    /// <param name="epsilon">Added to the mean square before its root.</param>
    /// <param name="offset">Added to the stored gain: 1 in Gemma, 0 in OLMo 2.</param>
    public WideRmsNorm(WeightMap weights, string path, long size, double epsilon, double offset)
        : base(nameof(WideRmsNorm))
    {
        weight = weights.Take($"{path}.weight", size);
        (_epsilon, _offset, _narrowEpsilon) = (epsilon, offset, (float)epsilon);
        RegisterComponents();
        if (!weights.IsAdopted(weight))
        {
            using var frozen = no_grad();
            _gain = Gain().DetachFromDisposeScope(); // behind RegisterComponents, which would make it a buffer
        }
    }

    /// <summary>Normalises.</summary>
    /// <param name="input">[..., size].</param>
    /// <returns>[..., size], in the input's type.</returns>
    public override Tensor forward(Tensor input)
    {
        if (_gain is { } gain && KernelRows.Supports(input) && input.is_contiguous())
        {
            return is_grad_enabled()
                ? RmsNorm.RmsNormFunction.apply(input, gain, _narrowEpsilon)
                : Kernel(input, gain);
        }

        using var scope = NewDisposeScope();
        var wide = input.to(ScalarType.Float32);
        if (_gain is not null && input.device_type != DeviceType.CPU)
        {
            return DeviceScripts.RmsNorm(wide, _gain, _epsilon).to(input.dtype).MoveToOuterDisposeScope();
        }

        var inverse = (wide * wide).mean([-1], keepdim: true).Plus(_epsilon).rsqrt(); // [..., 1]
        return (wide * inverse * (_gain ?? Gain())).to(input.dtype).MoveToOuterDisposeScope();
    }

    /// <inheritdoc/>
    protected override void Dispose(bool disposing)
    {
        if (disposing)
        {
            _gain?.Dispose();
        }

        base.Dispose(disposing);
    }

    private Tensor Kernel(Tensor input, Tensor gain)
    {
        var (output, inverse) = RmsNormKernel.Forward(input, gain, _narrowEpsilon);
        inverse.Dispose();
        return output;
    }

    /// <summary>What is multiplied, [size] float32.</summary>
    private Tensor Gain()
    {
        using var scope = NewDisposeScope();
        return weight.to(ScalarType.Float32).Plus(_offset).MoveToOuterDisposeScope();
    }
}
