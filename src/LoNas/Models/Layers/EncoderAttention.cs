using LoNas.Kernels;
using LoNas.Models.Attention;
using LoNas.Runtime;
using LoNas.Weights;
using TorchSharp;
using static TorchSharp.torch;
using static TorchSharp.torch.nn;

namespace LoNas.Models.Layers;

/// <summary>
/// Attention of an encoder, where every token looks at every other, with dropout of its weights in training.
/// </summary>
internal sealed class EncoderAttention : Module
{
    private readonly ModelDropout dropout;
    private readonly long _headSize;
    private readonly Scalar _scale;

    /// <param name="weights">Where the model's dropout draws from.</param>
    /// <param name="headSize">D.</param>
    /// <param name="probability">The share of weights dropped in training.</param>
    public EncoderAttention(WeightMap weights, long headSize, double probability)
        : base(nameof(EncoderAttention))
    {
        dropout = new ModelDropout(weights, probability);
        _headSize = headSize;
        _scale = 1 / Math.Sqrt(headSize);
        RegisterComponents();
    }

    /// <summary>What every token takes from all.</summary>
    /// <param name="states">
    /// Queries, keys and values, each [B, T, heads * D], or [1, N, heads * D] packed; a layer may have dropped heads
    /// from the end.
    /// </param>
    /// <param name="mask">[B, 1, 1, T], which is added to the scores; null when all tokens are real.</param>
    /// <param name="packed">Where the tokens stand; null where nothing is packed.</param>
    /// <returns>Like the values.</returns>
    public Tensor Of((Tensor Queries, Tensor Keys, Tensor Values) states, Tensor? mask, PackedRows? packed)
    {
        if (packed is not null && !is_grad_enabled() && !dropout.IsActive && KernelRows.Supports(states.Queries))
        {
            return EncoderAttentionKernel.Forward(
                states.Queries, states.Keys, states.Values, packed.Lengths, (int)_headSize);
        }

        using var scope = NewDisposeScope();
        var (queries, keys, values) = (Heads(states.Queries), Heads(states.Keys), Heads(states.Values));
        // libtorch's fused attention drops by the generator of the process.
        var attended = dropout.IsActive
            ? dropout.forward(Weights(queries, keys, mask)).matmul(values)
            : functional.scaled_dot_product_attention(queries, keys, values, mask);
        var joined = attended.transpose(1, 2).flatten(2); // [B, T, heads * D]
        return PackedRows.Unpad(joined, packed).MoveToOuterDisposeScope();

        // [B, heads, T, D]
        Tensor Heads(Tensor all)
        {
            var padded = PackedRows.Pad(all, packed);
            return padded.view(padded.shape[0], padded.shape[1], -1, _headSize).transpose(1, 2);
        }
    }

    /// <summary>The weights of the keys for each query, [B, heads, T, T].</summary>
    private Tensor Weights(Tensor queries, Tensor keys, Tensor? mask)
    {
        var scores = queries.matmul(keys.transpose(-1, -2)).mul(_scale);
        return (mask is null ? scores : scores.Plus(mask)).softmax(-1);
    }
}

/// <summary>Positions that a model has learned, one row of a matrix each: there are no others.</summary>
internal static class LearnedPositions
{
    /// <exception cref="ArgumentException">The input is longer.</exception>
    public static void Require(long length, long learned)
    {
        if (length > learned)
        {
            throw new ArgumentException(
                $"The input has {length} tokens and the model has learned {learned} positions "
                + "(max_position_embeddings); cut the input to that many");
        }
    }
}
