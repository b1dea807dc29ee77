using LoNas.Kernels;
using static TorchSharp.torch;
using static TorchSharp.torch.nn;

namespace LoNas.Models.Attention;

/// <summary>Scaled dot-product attention whose query heads share key and value heads (Ainslie et al., 2023).</summary>
internal static class GroupedAttention
{
    private const long FewQueries = 16;

    /// <summary>Attends; without a mask several queries attend causally and a single one sees everything.</summary>
    /// <param name="query">[B, H, T, D].</param>
    /// <param name="key">[B, Hkv, S, D].</param>
    /// <param name="value">[B, Hkv, S, D].</param>
    /// <param name="mask">[B or 1, 1, T, S], bool or added to the scores; or null.</param>
    /// <returns>[B, H, T, D].</returns>
    public static Tensor Attend(Tensor query, Tensor key, Tensor value, Tensor? mask)
    {
        using var scope = NewDisposeScope();
        var (rows, heads, length, size) = (query.shape[0], query.shape[1], query.shape[2], query.shape[3]);
        long groups = key.shape[1];
        if (heads != groups && (length == 1 || (mask is not null && length <= FewQueries)))
        {
            // Few new tokens: the queries that share a key head stand in for positions, and no key is copied.
            var together = query.reshape(rows, groups, heads / groups * length, size); // [B, Hkv, H / Hkv * T, D]
            var repeated = mask?.repeat(1, 1, heads / groups, 1); // [B, 1, H / Hkv * T, S]
            return functional.scaled_dot_product_attention(together, key, value, repeated)
                .reshape(rows, heads, length, size).MoveToOuterDisposeScope();
        }

        bool isWhole = length == key.shape[2] && length <= CausalAttentionFunction.LongestSequence;
        if (mask is null && is_grad_enabled() && isWhole && query.dtype == value.dtype && KernelRows.Supports(query))
        {
            return CausalAttentionFunction.apply(Flat(query), Flat(Repeat(key, heads)), Flat(Repeat(value, heads)))
                .view(rows, heads, length, size).MoveToOuterDisposeScope();
        }

        return functional.scaled_dot_product_attention(
            query, Repeat(key, heads), Repeat(value, heads), mask, is_casual: mask is null && length > 1)
            .MoveToOuterDisposeScope();
    }

    /// <summary>Attends in the parts of a step, so that short rows don't wait for the keys of long ones.</summary>
    /// <param name="query">[B, H, T, D].</param>
    /// <param name="key">[B, Hkv, S, D].</param>
    /// <param name="value">[B, Hkv, S, D].</param>
    /// <param name="mask">[B, 1 or H, T, S], added to the scores; or null.</param>
    /// <param name="step">The step; null for none.</param>
    /// <param name="capped">How scores are scaled and bounded; null for 1 / sqrt(D) and no bound.</param>
    /// <returns>[B, H, T, D].</returns>
    public static Tensor Attend(
        Tensor query, Tensor key, Tensor value, Tensor? mask, CacheStep? step, AttentionScores? capped = null)
    {
        if (step is null || step.Parts.Count < 2)
        {
            return capped is null ? Attend(query, key, value, mask)
                : is_grad_enabled() ? CappedAttentionFunction.apply(query, key, value, mask!, capped)
                : CappedAttentionFunction.Attend(query, key, value, mask, capped);
        }

        using var scope = NewDisposeScope();
        return cat([.. step.Parts.Select(part => Attend(
            query.narrow(0, part.First, part.Count),
            key.narrow(0, part.First, part.Count).narrow(2, 0, part.Width),
            value.narrow(0, part.First, part.Count).narrow(2, 0, part.Width),
            mask?.narrow(0, part.First, part.Count).narrow(3, 0, part.Width),
            step: null, capped))]).MoveToOuterDisposeScope();
    }

    /// <summary>[B, H, T, D] to [B * H, T, D], contiguous.</summary>
    private static Tensor Flat(Tensor states) => states.reshape(-1, states.shape[2], states.shape[3]);

    private static Tensor Repeat(Tensor states, long heads)
    {
        var (rows, groups, length, size) = (states.shape[0], states.shape[1], states.shape[2], states.shape[3]);
        return groups == heads
            ? states
            : states.unsqueeze(2).expand(rows, groups, heads / groups, length, size).reshape(rows, heads, length, size);
    }
}
