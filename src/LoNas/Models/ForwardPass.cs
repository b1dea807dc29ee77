using LoNas.Models.Attention;
using static TorchSharp.torch;

namespace LoNas.Models;

/// <summary>A causal model from tokens to its final hidden states: the one pass that all families share.</summary>
public static class ForwardPass
{
    /// <summary>The final hidden states.</summary>
    /// <param name="model">The model.</param>
    /// <param name="inputIds">Token ids, [B, T] int64.</param>
    /// <param name="attentionMask">True at real tokens, [B, T] bool; null when all are. Not with a cache.</param>
    /// <param name="cache">
    /// Keys and values of earlier tokens, which these follow in the first B rows; extended by the call. Null computes
    /// without.
    /// </param>
    /// <returns>[B, T, hidden].</returns>
    /// <exception cref="ArgumentException">A mask and a cache at once.</exception>
    public static Tensor HiddenStates(
        this ICausalModel model, Tensor inputIds, Tensor? attentionMask = null, KvCache? cache = null)
    {
        if (cache is null)
        {
            return model.HiddenStates(inputIds, TokenPlaces.InRows(attentionMask));
        }

        if (attentionMask is not null)
        {
            throw new ArgumentException("A mask and a cache can't be used at once; rows of a cache have no pads");
        }

        var (rows, columns) = (inputIds.shape[0], inputIds.shape[1]);
        long end = cache.Length + columns;
        cache.Reserve(end);
        using var step = CacheStep.Following(
            cache.Length, columns, [.. Enumerable.Repeat(end, (int)rows)], firstRow: 0, inputIds.device);
        var hidden = model.HiddenStates(inputIds, TokenPlaces.Behind(cache, step));
        cache.Length = end;
        return hidden;
    }

    /// <summary>Logits of every position.</summary>
    /// <param name="model">The model.</param>
    /// <param name="inputIds">Token ids, [B, T] int64.</param>
    /// <param name="attentionMask">True at real tokens, [B, T] bool; null when all are.</param>
    /// <returns>[B, T, vocabulary].</returns>
    public static Tensor AllLogits(this ICausalModel model, Tensor inputIds, Tensor? attentionMask = null)
    {
        using var hidden = model.HiddenStates(inputIds, attentionMask);
        return model.Logits(hidden);
    }

    /// <summary>The final hidden states of tokens that stand anywhere.</summary>
    /// <param name="model">The model.</param>
    /// <param name="inputIds">Token ids, [B, T] int64, or [1, N] packed.</param>
    /// <param name="places">Where they stand.</param>
    /// <returns>[B, T, hidden], or [1, N, hidden] packed.</returns>
    internal static Tensor HiddenStates(this ICausalModel model, Tensor inputIds, TokenPlaces places)
    {
        using var scope = NewDisposeScope();
        var hidden = model.Embed(inputIds); // [B, T, H]
        foreach (var block in model.Blocks(hidden, places))
        {
            var next = block(hidden);
            hidden.Dispose(); // or the states of all blocks would live until the last
            hidden = next;
        }

        return hidden.MoveToOuterDisposeScope();
    }
}
