using LoNas.Weights;
using TorchSharp.Modules;
using static TorchSharp.torch;
using static TorchSharp.torch.nn;

namespace LoNas.Models.Layers;

/// <summary>
/// Layer normalisation (Ba et al., 2016) over the last dimension, with gain and bias of a checkpoint.
/// </summary>
public sealed class LayerNorm : Module<Tensor, Tensor>
{
    private readonly Parameter weight;
    private readonly Parameter bias;
    private readonly double _epsilon;

    /// <summary>Takes gain and bias from a checkpoint.</summary>
    /// <param name="weights">The checkpoint.</param>
    /// <param name="path">The module's name in it.</param>
    /// <param name="size">Width of what is normalised.</param>
    /// <param name="epsilon">Added to the variance before its root.</param>
    public LayerNorm(WeightMap weights, string path, long size, double epsilon)
        : base(nameof(LayerNorm))
    {
        weight = weights.Take($"{path}.weight", size);
        bias = weights.Take($"{path}.bias", size);
        _epsilon = epsilon;
        RegisterComponents();
    }

    /// <summary>Normalises.</summary>
    /// <param name="input">[..., size].</param>
    /// <returns>[..., size], in the input's type.</returns>
    public override Tensor forward(Tensor input)
    {
        if (input.dtype == weight.dtype)
        {
            return functional.layer_norm(input, [weight.shape[0]], weight, bias, _epsilon);
        }

        // Trained in full on a half-precision base, or wide states over a narrow one: computed in float32.
        using var scope = NewDisposeScope();
        var (gain, shift) = (weight.to(ScalarType.Float32), bias.to(ScalarType.Float32));
        return functional.layer_norm(input.to(ScalarType.Float32), [weight.shape[0]], gain, shift, _epsilon)
            .to(input.dtype).MoveToOuterDisposeScope();
    }
}
