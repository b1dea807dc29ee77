using LoNas.Weights;
using TorchSharp.Modules;
using static TorchSharp.torch;
using static TorchSharp.torch.nn;

namespace LoNas.Models.Layers;

/// <summary>
/// Looks tokens up in a checkpoint's embedding matrix, which a tied head shares. Where the embedding is trained in full
/// or adapted, a tied head keeps the checkpoint's, since PEFT trains a copy.
/// </summary>
public sealed class TokenEmbedding : Module<Tensor, Tensor>
{
    private readonly Parameter weight;
    private readonly Tensor? _checkpoint;
    private readonly ScalarType _dtype;
    private readonly ScalarType _headType;
    private Tensor? _head;

    /// <summary>Takes the matrix from a checkpoint.</summary>
    /// <param name="weights">The checkpoint.</param>
    /// <param name="path">The module's name in it.</param>
    /// <param name="vocabulary">Rows.</param>
    /// <param name="size">Columns, the width of the hidden states.</param>
    public TokenEmbedding(WeightMap weights, string path, long vocabulary, long size)
        : base(nameof(TokenEmbedding))
    {
        weight = weights.TakeMapped($"{path}.weight", vocabulary, size);
        _headType = weights.TypeInUse(weight);
        _checkpoint = weights.IsAdopted(weight) ? weights.TakeFrozen($"{path}.weight", vocabulary, size) : null;
        _dtype = weights.DType;
        RegisterComponents();
    }

    /// <summary>
    /// The checkpoint's matrix, [vocabulary, size]; the first use converts it where it is stored otherwise.
    /// </summary>
    public Tensor Weight => _checkpoint ?? (weight.dtype == _headType ? weight : _head ??= Converted());

    /// <summary>The head of a model whose head is tied to this embedding.</summary>
    /// <param name="hiddenStates">[..., size].</param>
    /// <returns>[..., vocabulary].</returns>
    public Tensor Logits(Tensor hiddenStates) => LinearProduct.Of(hiddenStates, Weight);

    /// <summary>Looks tokens up.</summary>
    /// <param name="inputIds">[B, T] int64.</param>
    /// <returns>[B, T, size].</returns>
    public override Tensor forward(Tensor inputIds)
    {
        using var scope = NewDisposeScope();
        return weight.index_select(0, inputIds.flatten())
            .view(inputIds.shape[0], inputIds.shape[1], -1).to(_dtype).MoveToOuterDisposeScope();
    }

    /// <inheritdoc/>
    protected override void Dispose(bool disposing)
    {
        if (disposing)
        {
            _head?.Dispose();
        }

        base.Dispose(disposing);
    }

    private Tensor Converted()
    {
        using var frozen = no_grad();
        return weight.to(_headType).DetachFromDisposeScope();
    }
}
