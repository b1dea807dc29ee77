using LoNas.Files;
using TorchSharp.Modules;
using static TorchSharp.torch;
using static TorchSharp.torch.nn;

namespace LoNas.Models;

/// <summary>
/// Looks tokens up in a checkpoint's embedding matrix, which a tied head shares. Where the embedding is trained in full a
/// tied head keeps the checkpoint's, since PEFT trains a copy.
/// </summary>
internal sealed class TokenEmbedding : Module<Tensor, Tensor>
{
    private readonly Parameter weight;
    private readonly Tensor? _checkpoint;
    private readonly ScalarType _dtype;

    public TokenEmbedding(WeightMap weights, string path, long vocabulary, long size)
        : base(nameof(TokenEmbedding))
    {
        weight = weights.Take($"{path}.weight", vocabulary, size);
        _checkpoint = weight.requires_grad ? weights.TakeFrozen($"{path}.weight", vocabulary, size) : null;
        _dtype = weights.DType;
        RegisterComponents();
    }

    /// <summary>The checkpoint's matrix, [vocabulary, size].</summary>
    public Tensor Weight => _checkpoint ?? weight;

    /// <param name="inputIds">[B, T] int64.</param>
    /// <returns>[B, T, size].</returns>
    public override Tensor forward(Tensor inputIds)
    {
        using var scope = NewDisposeScope();
        return weight.index_select(0, inputIds.flatten())
            .view(inputIds.shape[0], inputIds.shape[1], -1).to(_dtype).MoveToOuterDisposeScope();
    }
}
