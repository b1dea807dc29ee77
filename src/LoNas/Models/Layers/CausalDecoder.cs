using LoNas.Models.Attention;
using LoNas.Weights;
using TorchSharp.Modules;
using static TorchSharp.torch;
using static TorchSharp.torch.nn;

namespace LoNas.Models.Layers;

/// <summary>
/// A decoder of the usual form: an embedding, layers one after another, a norm, and a head that may be tied to the
/// embedding. A family gives the parts.
/// </summary>
/// <typeparam name="TLayer">The family's layer.</typeparam>
internal sealed class CausalDecoder<TLayer> : Module, ICausalModel
    where TLayer : Module, IDecoderLayer
{
    private readonly TokenEmbedding _embedding;
    private readonly ModuleList<TLayer> _layers;
    private readonly Module<Tensor, Tensor> _norm;
    private readonly Module<Tensor, Tensor>? _head;
    private readonly RotaryEmbedding[] _rotaries;

    /// <summary>Builds the model on a checkpoint's tensors.</summary>
    /// <param name="sizes">The model's sizes.</param>
    /// <param name="keyValueHeads">Key and value heads.</param>
    /// <param name="weights">The checkpoint.</param>
    /// <param name="linear">Makes linear layers.</param>
    /// <param name="layer">Makes the layer of an index.</param>
    /// <param name="normPath">The last norm's name in the checkpoint.</param>
    /// <param name="norm">Makes it; what takes weights later has them later in lists.</param>
    /// <param name="rotaries">The rotary positions that layers use, which the model disposes of.</param>
    public CausalDecoder(
        ModelConfig sizes,
        long keyValueHeads,
        WeightMap weights,
        LinearFactory linear,
        Func<int, TLayer> layer,
        string normPath,
        Func<string, Module<Tensor, Tensor>> norm,
        params RotaryEmbedding[] rotaries)
        : base(nameof(CausalDecoder<>))
    {
        Device = weights.Device;
        CacheShape = new CacheShape(
            sizes.LayerCount, keyValueHeads, sizes.HeadSize, sizes.HiddenSize, sizes.VocabularySize);
        var family = ModelFamilies.Of(sizes);
        _embedding = new TokenEmbedding(weights, family.EmbeddingPath, sizes.VocabularySize, sizes.HiddenSize);
        _layers = new ModuleList<TLayer>(Enumerable.Range(0, sizes.LayerCount).Select(layer).ToArray());
        _norm = norm(normPath);
        _head = sizes.TieWordEmbeddings ? null : linear(family.HeadPath);
        _rotaries = rotaries;

        // Parameters have the checkpoint's names, by which they are written again.
        var body = new Body();
        body.Register(family.EmbeddingPath, _embedding);
        body.Register(family.BlockPath, _layers);
        body.Register(normPath, _norm);
        register_module(family.BlockPath.Split('.')[0], body);
        if (_head is not null)
        {
            register_module(family.HeadPath, _head);
        }
    }

    /// <summary>What is done to the embeddings, [B, T, H]; nothing by default.</summary>
    public Func<Tensor, Tensor>? OnEmbedding { get; init; }

    /// <summary>What is done to the logits, [..., vocabulary]; nothing by default.</summary>
    public Func<Tensor, Tensor>? OnLogits { get; init; }

    /// <inheritdoc/>
    public IEnumerable<Parameter> Parameters => parameters();

    /// <inheritdoc/>
    public Device Device { get; }

    /// <inheritdoc/>
    public CacheShape CacheShape { get; }

    /// <inheritdoc/>
    public bool IsPrefixStable(long positions) => _rotaries.All(rotary => rotary.IsPrefixStable(positions));

    /// <inheritdoc/>
    public long? RenewalLength => _rotaries.Select(rotary => rotary.RenewalLength).Min();

    /// <inheritdoc/>
    public Tensor Embed(Tensor inputIds) => Then(_embedding.forward(inputIds), OnEmbedding);

    /// <inheritdoc/>
    public IReadOnlyList<Func<Tensor, Tensor>> Blocks(Tensor embedded, TokenPlaces places)
    {
        var pass = new DecoderPass(embedded, places);
        return [.. _layers.Select(layer => layer.In(pass)), _norm.forward];
    }

    /// <inheritdoc/>
    public Tensor Logits(Tensor hiddenStates) =>
        Then(_head is null ? _embedding.Logits(hiddenStates) : _head.forward(hiddenStates), OnLogits);

    protected override void Dispose(bool disposing)
    {
        if (disposing)
        {
            Array.ForEach(_rotaries, rotary => rotary.Dispose());
        }

        base.Dispose(disposing);
    }

    private static Tensor Then(Tensor made, Func<Tensor, Tensor>? change)
    {
        if (change is null)
        {
            return made;
        }

        using (made)
        {
            return change(made);
        }
    }

    /// <summary>What lies under the first part of the paths.</summary>
    private sealed class Body() : Module(nameof(Body))
    {
        public void Register(string path, Module module) => register_module(path.Split('.', 2)[1], module);
    }
}
