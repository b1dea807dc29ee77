using LoNas.Models.Attention;
using TorchSharp.Modules;
using static TorchSharp.torch;

namespace LoNas.Models;

/// <summary>A causal language model in two halves, so that logits are made only where somebody needs them.</summary>
public interface ICausalModel : IDisposable
{
    /// <summary>All parameters, base and adapter.</summary>
    IEnumerable<Parameter> Parameters { get; }

    /// <summary>Where it computes; its inputs must be there.</summary>
    Device Device => CPU;

    /// <summary>A new, empty cache for <paramref name="rows"/> sequences of at most <paramref name="capacity"/> tokens.</summary>
    KvCache NewCache(long rows, long capacity);

    /// <summary>The sizes by which a cache is made.</summary>
    CacheShape CacheShape { get; }

    /// <summary>
    /// Whether a token's keys and values stay the same while its sequence grows to so many positions; not so with rotary
    /// positions that are stretched by the sequence's length.
    /// </summary>
    bool IsPrefixStable(long positions);

    /// <summary>The final hidden states.</summary>
    /// <param name="inputIds">Token ids, [B, T] int64.</param>
    /// <param name="attentionMask">True at real tokens, [B, S] bool over cached and new positions; null when all are.</param>
    /// <param name="cache">Keys and values of earlier positions, extended by the call; null computes without one.</param>
    /// <returns>[B, T, hidden].</returns>
    Tensor HiddenStates(Tensor inputIds, Tensor? attentionMask = null, IKvCache? cache = null);

    /// <summary>What the first block takes.</summary>
    /// <param name="inputIds">Token ids, [B, T] int64.</param>
    /// <returns>[B, T, hidden].</returns>
    Tensor Embed(Tensor inputIds);

    /// <summary>
    /// The blocks between <see cref="Embed"/> and <see cref="Logits"/>, the last norm included, each [B, T, hidden] to the same:
    /// one after another they are <see cref="HiddenStates"/> without mask and cache. What they share lives in the caller's scope.
    /// </summary>
    /// <param name="embedded">The output of <see cref="Embed"/>.</param>
    /// <param name="packed">The rows that the tokens of a single row belong to; null when every row is one of its own.</param>
    IReadOnlyList<Func<Tensor, Tensor>> Blocks(Tensor embedded, PackedRows? packed = null);

    /// <summary>The language-model head.</summary>
    /// <param name="hiddenStates">[..., hidden].</param>
    /// <returns>Logits, [..., vocabulary], in the base's type.</returns>
    Tensor Logits(Tensor hiddenStates);
}
