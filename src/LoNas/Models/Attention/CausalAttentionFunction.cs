using LoNas.Kernels;
using LoNas.Runtime;
using static TorchSharp.torch;

namespace LoNas.Models.Attention;

/// <summary>
/// Causal attention over short sequences as one node of the gradient's graph: matrix products over blocks of queries,
/// each with the keys it sees. libtorch's fused attention takes several times as long for its gradient in bfloat16 on a
/// CPU, but does not keep the weights, so long sequences are left to it.
/// </summary>
internal sealed class CausalAttentionFunction : autograd.SingleTensorFunction<CausalAttentionFunction>
{
    /// <summary>Positions up to which weights are kept.</summary>
    public const long LongestSequence = 512;

    private const long Block = 128;

    public override string Name => nameof(CausalAttentionFunction);

    /// <param name="ctx">Keeps what the backward pass needs.</param>
    /// <param name="vars">Query, key and value, each [N, T, D] contiguous.</param>
    public override Tensor forward(autograd.AutogradContext ctx, params object[] vars)
    {
        var (query, key, value) = ((Tensor)vars[0], (Tensor)vars[1], (Tensor)vars[2]);
        var (length, scale) = (query.shape[1], Scale(query));
        var output = empty_like(query);
        var saved = new List<Tensor> { query, key, value };
        for (long first = 0; first < length; first += Block)
        {
            long count = Math.Min(Block, length - first);
            var weights = query.narrow(1, first, count)
                .bmm(key.narrow(1, 0, first + count).transpose(1, 2)); // [N, Q, S]
            CausalSoftmaxKernel.Forward(weights, first, scale);
            output.narrow(1, first, count).copy_(weights.bmm(value.narrow(1, 0, first + count)));
            saved.Add(weights);
        }

        ctx.save_for_backward(saved);
        return output;
    }

    public override List<Tensor> backward(autograd.AutogradContext ctx, Tensor grad_output)
    {
        var saved = ctx.get_saved_variables();
        var (query, key, value) = (saved[0], saved[1], saved[2]);
        var (length, scale) = (query.shape[1], Scale(query));
        var gradient = grad_output.contiguous();
        var queryGradient = empty_like(query);
        Tensor? keyGradient = null;
        Tensor? valueGradient = null;
        // The last block first: it sees all keys, so that its products are what the others are added to.
        for (long first = (length - 1) / Block * Block; first >= 0; first -= Block)
        {
            long count = Math.Min(Block, length - first);
            var weights = saved[3 + (int)(first / Block)]; // [N, Q, S]
            var given = gradient.narrow(1, first, count); // [N, Q, D]
            valueGradient = Added(valueGradient, weights.transpose(1, 2).bmm(given));
            var scores = given.bmm(value.narrow(1, 0, first + count).transpose(1, 2)); // [N, Q, S]
            CausalSoftmaxKernel.Backward(scores, weights, first, scale);
            queryGradient.narrow(1, first, count).copy_(scores.bmm(key.narrow(1, 0, first + count)));
            keyGradient = Added(keyGradient, scores.transpose(1, 2).bmm(query.narrow(1, first, count)));
        }

        return [queryGradient, keyGradient!, valueGradient!];
    }

    /// <summary>The sum over the part's positions, in the memory of the whole.</summary>
    private static Tensor Added(Tensor? sum, Tensor part)
    {
        sum?.narrow(1, 0, part.shape[1]).Add(part);
        return sum ?? part;
    }

    private static float Scale(Tensor query) => 1 / MathF.Sqrt(query.shape[2]);
}
