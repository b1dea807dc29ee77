using LoNas.Files;
using TorchSharp.Modules;
using static TorchSharp.torch;
using static TorchSharp.torch.nn;

namespace LoNas.Models;

/// <summary>Layer normalisation (Ba et al., 2016) over the last dimension, with gain and bias of a checkpoint.</summary>
internal sealed class LayerNorm : Module<Tensor, Tensor>
{
    private readonly Parameter weight;
    private readonly Parameter bias;
    private readonly double _epsilon;

    public LayerNorm(WeightMap weights, string path, long size, double epsilon)
        : base(nameof(LayerNorm))
    {
        weight = weights.Take($"{path}.weight", size);
        bias = weights.Take($"{path}.bias", size);
        _epsilon = epsilon;
        RegisterComponents();
    }

    /// <param name="input">[..., size].</param>
    /// <returns>[..., size].</returns>
    public override Tensor forward(Tensor input) =>
        functional.layer_norm(input, [weight.shape[0]], weight, bias, _epsilon);
}
