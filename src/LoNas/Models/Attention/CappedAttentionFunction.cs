using LoNas.Kernels;
using LoNas.Runtime;
using static TorchSharp.torch;

namespace LoNas.Models.Attention;

/// <summary>
/// Attention with bounded scores as one node of the gradient's graph, since libtorch's own attention has no place for
/// the bound. It keeps queries, keys and values alone: blocks of queries make their weights anew for the gradient.
/// Query heads that share a key head are rows of one product, so that no key is copied.
/// </summary>
internal sealed class CappedAttentionFunction : autograd.SingleTensorFunction<CappedAttentionFunction>
{
    private const long Block = 128;

    public override string Name => nameof(CappedAttentionFunction);

    /// <summary>Attends without a gradient.</summary>
    /// <param name="query">[B, H, T, D].</param>
    /// <param name="key">[B, Hkv, S, D].</param>
    /// <param name="value">[B, Hkv, S, D].</param>
    /// <param name="mask">
    /// [B or 1, 1, T, S], bool or added to the scores; null: the queries are the last of the keys, each of which sees
    /// those before it.
    /// </param>
    /// <param name="scores">How scores are scaled and bounded.</param>
    /// <returns>[B, H, T, D].</returns>
    public static Tensor Attend(Tensor query, Tensor key, Tensor value, Tensor? mask, AttentionScores scores)
    {
        using var scope = NewDisposeScope();
        var blocks = new Blocks(query, key, value, mask, scores);
        var output = empty(query.shape, query.dtype, query.device);
        foreach (long first in blocks.Firsts)
        {
            using var within = NewDisposeScope();
            var (weights, _) = blocks.Weights(first); // [N, G * Q, S]
            blocks.Part(output, first).copy_(blocks.Split(weights.bmm(blocks.Seen(blocks.Values, first))));
        }

        return output.MoveToOuterDisposeScope();
    }

    /// <param name="ctx">Keeps what the backward pass needs.</param>
    /// <param name="vars">As <see cref="Attend"/> takes them.</param>
    public override Tensor forward(autograd.AutogradContext ctx, params object[] vars)
    {
        var (query, key, value) = ((Tensor)vars[0], (Tensor)vars[1], (Tensor)vars[2]);
        var (mask, scores) = ((Tensor?)vars[3], (AttentionScores)vars[4]);
        ctx.save_for_backward(mask is null ? [query, key, value] : [query, key, value, mask]);
        ctx.save_data(nameof(scores), scores);
        return Attend(query, key, value, mask, scores);
    }

    public override List<Tensor> backward(autograd.AutogradContext ctx, Tensor grad_output)
    {
        using var scope = NewDisposeScope();
        var saved = ctx.get_saved_variables();
        var blocks = new Blocks(
            saved[0], saved[1], saved[2], saved.Count > 3 ? saved[3] : null, (AttentionScores)ctx.get_data("scores"));
        var output = grad_output.contiguous(); // [B, H, T, D]
        var queryGradient = empty(saved[0].shape, saved[0].dtype, saved[0].device);
        var (keyGradient, valueGradient) = (zeros_like(blocks.Keys), zeros_like(blocks.Values));
        foreach (long first in blocks.Firsts)
        {
            using var within = NewDisposeScope();
            var rows = blocks.Rows(first); // [N, G * Q, D]
            var given = blocks.Merge(blocks.Part(output, first)); // [N, G * Q, D]
            var (weights, products) = blocks.Weights(first); // [N, G * Q, S]
            blocks.Seen(valueGradient, first).Add(weights.transpose(1, 2).bmm(given));
            var gradient = given.bmm(blocks.Seen(blocks.Values, first).transpose(1, 2)); // [N, G * Q, S]
            gradient = blocks.OfProducts(gradient, weights, products, first);
            blocks.Part(queryGradient, first).copy_(blocks.Split(gradient.bmm(blocks.Seen(blocks.Keys, first))));
            blocks.Seen(keyGradient, first).Add(gradient.transpose(1, 2).bmm(rows));
        }

        return
        [
            queryGradient.MoveToOuterDisposeScope(), keyGradient.view(saved[1].shape).MoveToOuterDisposeScope(),
            valueGradient.view(saved[2].shape).MoveToOuterDisposeScope(), null!, null!,
        ];
    }

    /// <summary>
    /// The same attention in blocks of Q queries; N = B Hkv, G = H / Hkv, and S the keys that any of a block may see.
    /// </summary>
    private sealed class Blocks(Tensor query, Tensor key, Tensor value, Tensor? mask, AttentionScores scores)
    {
        private readonly Tensor _query = query.contiguous();
        private readonly long _groups = query.shape[1] / key.shape[1];
        private readonly long _length = query.shape[2];
        private readonly long _past = key.shape[2] - query.shape[2];

        /// <summary>[N, keys, D].</summary>
        public Tensor Keys { get; } = key.reshape(-1, key.shape[2], key.shape[3]);

        /// <summary>[N, keys, D].</summary>
        public Tensor Values { get; } = value.reshape(-1, value.shape[2], value.shape[3]);

        /// <summary>The first query of each block.</summary>
        public IEnumerable<long> Firsts
        {
            get
            {
                for (long first = 0; first < _length; first += Block)
                {
                    yield return first;
                }
            }
        }

        /// <summary>The queries of a block, [N, G * Q, D].</summary>
        public Tensor Rows(long first) => Merge(Part(_query, first));

        /// <summary>The positions of a block, [B, H, T, D] to [N, G, Q, D].</summary>
        public Tensor Part(Tensor states, long first) =>
            states.reshape(-1, _groups, _length, states.shape[3]).narrow(2, first, Count(first));

        /// <summary>[N, G, Q, D] to [N, G * Q, D].</summary>
        public Tensor Merge(Tensor part) => part.reshape(part.shape[0], -1, part.shape[3]);

        /// <summary>[N, G * Q, D] to [N, G, Q, D].</summary>
        public Tensor Split(Tensor rows) => rows.view(rows.shape[0], _groups, -1, rows.shape[2]);

        /// <summary>What a block may see of keys or values, [N, S, D].</summary>
        public Tensor Seen(Tensor states, long first) => mask is null
            ? states.narrow(1, 0, _past + first + Count(first))
            : states;

        /// <summary>A block's weights, and the products of queries and keys, [N, G * Q, S].</summary>
        public (Tensor Weights, Tensor Products) Weights(long first)
        {
            var products = Rows(first).bmm(Seen(Keys, first).transpose(1, 2));
            var bounded = SoftCap.Bounded(products, scores.Scale, scores.Cap!.Value);
            if (mask is null && KernelRows.Supports(bounded))
            {
                CausalSoftmaxKernel.Forward(ByHead(bounded, first), _past + first, 1);
                return (bounded, products);
            }

            var byRow = bounded.view(query.shape[0], -1, Count(first), bounded.shape[2]); // [B, H, Q, S]
            var visible = mask?.narrow(2, first, Count(first)) ?? Causal(first, bounded); // [B or 1, 1, Q, S]
            byRow = visible.dtype == ScalarType.Bool
                ? byRow.masked_fill(visible.logical_not(), AttentionMasks.Hidden)
                : byRow.Plus(visible);
            return (byRow.softmax(-1, ScalarType.Float32).to(value.dtype).view(bounded.shape), products);
        }

        /// <summary>The gradient of the products, by that of the weights.</summary>
        public Tensor OfProducts(Tensor gradient, Tensor weights, Tensor products, long first)
        {
            if (mask is null && KernelRows.Supports(gradient))
            {
                CausalSoftmaxKernel.Backward(ByHead(gradient, first), ByHead(weights, first), _past + first, 1);
            }
            else
            {
                var weighted = weights * gradient;
                gradient = weighted.Minus(weights * weighted.sum(-1, keepdim: true));
            }

            SoftCap.Backward(gradient, products, scores.Scale, scores.Cap!.Value);
            return gradient;
        }

        private long Count(long first) => Math.Min(Block, _length - first);

        /// <summary>[N, G * Q, S] to [N * G, Q, S], in which rows are positions.</summary>
        private Tensor ByHead(Tensor rows, long first) => rows.view(-1, Count(first), rows.shape[2]);

        private Tensor Causal(long first, Tensor like) =>
            ones(Count(first), like.shape[2], ScalarType.Bool, like.device).tril(_past + first);
    }
}
