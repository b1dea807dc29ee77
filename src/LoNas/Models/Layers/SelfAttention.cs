using LoNas.Models.Attention;
using static TorchSharp.torch;
using static TorchSharp.torch.nn;

namespace LoNas.Models.Layers;

/// <summary>
/// Causal self-attention with projections of their own for queries, keys and values (<c>q_proj</c>, <c>k_proj</c>,
/// <c>v_proj</c>, <c>o_proj</c>), whose query heads may share key and value heads, and rotary positions.
/// </summary>
internal sealed class SelfAttention : Module
{
    private readonly Module<Tensor, Tensor> q_proj;
    private readonly Module<Tensor, Tensor> k_proj;
    private readonly Module<Tensor, Tensor> v_proj;
    private readonly Module<Tensor, Tensor> o_proj;
    private readonly Module<Tensor, Tensor>? q_norm;
    private readonly Module<Tensor, Tensor>? k_norm;
    private readonly long _headSize;
    private readonly int _layer;
    private readonly AttentionScores? _scores;
    private readonly bool _normsHeads;

    /// <summary>Builds the projections.</summary>
    /// <param name="linear">Makes linear layers.</param>
    /// <param name="path">The module's name in the checkpoint.</param>
    /// <param name="layer">The layer's index, by which the cache keeps keys and values.</param>
    /// <param name="headSize">D.</param>
    /// <param name="queryNorm">
    /// What normalises queries, each head's [..., D] or all of them [..., heads * D] by its width; null for nothing.
    /// </param>
    /// <param name="keyNorm">What normalises keys.</param>
    /// <param name="scores">How scores are scaled and bounded; null for 1 / sqrt(D).</param>
    public SelfAttention(
        LinearFactory linear,
        string path,
        int layer,
        long headSize,
        Module<Tensor, Tensor>? queryNorm = null,
        Module<Tensor, Tensor>? keyNorm = null,
        AttentionScores? scores = null)
        : base(nameof(SelfAttention))
    {
        q_proj = linear($"{path}.q_proj");
        k_proj = linear($"{path}.k_proj");
        v_proj = linear($"{path}.v_proj");
        o_proj = linear($"{path}.o_proj");
        (q_norm, k_norm, _scores, _headSize, _layer) = (queryNorm, keyNorm, scores, headSize, layer);
        _normsHeads = queryNorm?.parameters().First().shape[0] == headSize;
        RegisterComponents();
    }

    /// <summary>Attends.</summary>
    /// <param name="hidden">[B, T, H], or [1, N, H] packed.</param>
    /// <param name="places">Where the tokens stand.</param>
    /// <param name="mask">Which keys each token looks at, as <see cref="TokenPlaces.Mask"/> gives it.</param>
    /// <param name="tables">The rotary tables of the tokens' positions; null for no positions.</param>
    /// <returns>As the hidden states.</returns>
    public Tensor Forward(
        Tensor hidden, TokenPlaces places, Tensor? mask, (Tensor Cosine, Tensor Sine)? tables)
    {
        using var scope = NewDisposeScope();
        var query = Positioned(q_proj, q_norm); // [B, H, T, D]
        var key = Positioned(k_proj, k_norm); // [B, Hkv, T, D]
        var value = Heads(places.Pad(v_proj.forward(hidden))); // [B, Hkv, T, D]
        var attended = places.Attend(_layer, query, key, value, mask, _scores); // [B, H, T, D]
        var merged = attended.transpose(1, 2).flatten(2); // [B, T, H * D]
        return o_proj.forward(places.Unpad(merged)).MoveToOuterDisposeScope();

        Tensor Positioned(Module<Tensor, Tensor> projection, Module<Tensor, Tensor>? norm)
        {
            var states = projection.forward(hidden);
            states = places.Pad(norm is null ? states : Normed(norm, states));
            return tables is { } both ? RotaryEmbedding.ApplyByToken(states, _headSize, both) : Heads(states);
        }
    }

    private Tensor Normed(Module<Tensor, Tensor> norm, Tensor states) => _normsHeads
        ? norm.forward(states.view(states.shape[0], states.shape[1], -1, _headSize)).view(states.shape)
        : norm.forward(states);

    /// <summary>[B, T, heads * D] to [B, heads, T, D].</summary>
    private Tensor Heads(Tensor states) =>
        states.view(states.shape[0], states.shape[1], -1, _headSize).transpose(1, 2);
}
