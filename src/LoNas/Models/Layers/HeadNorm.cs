using static TorchSharp.torch;
using static TorchSharp.torch.nn;

namespace LoNas.Models.Layers;

/// <summary>A norm over each head of its own, as that of queries and keys in Qwen3.</summary>
internal sealed class HeadNorm : Module<Tensor, Tensor>
{
    private readonly Module<Tensor, Tensor> norm;
    private readonly long _headSize;

    /// <param name="norm">Normalises [..., D].</param>
    /// <param name="headSize">D.</param>
    public HeadNorm(Module<Tensor, Tensor> norm, long headSize)
        : base(nameof(HeadNorm))
    {
        (this.norm, _headSize) = (norm, headSize);
        RegisterComponents();
    }

    /// <summary>Normalises.</summary>
    /// <param name="input">[B, T, heads * D].</param>
    /// <returns>[B, T, heads * D].</returns>
    public override Tensor forward(Tensor input)
    {
        using var heads = input.view(input.shape[0], input.shape[1], -1, _headSize);
        using var normed = norm.forward(heads);
        return normed.view(input.shape);
    }
}
