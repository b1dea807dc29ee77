using LoNas.Models.Attention;
using TorchSharp.Modules;
using static TorchSharp.torch;

namespace LoNas.Models;

/// <summary>
/// A causal language model: an embedding, blocks and a head, which are used apart, since training goes through the
/// blocks one by one and logits are made only where somebody needs them. <see cref="ForwardPass"/> puts the first two
/// together.
/// </summary>
public interface ICausalModel : IDisposable
{
    /// <summary>All parameters, base and adapter.</summary>
    IEnumerable<Parameter> Parameters { get; }

    /// <summary>Where it computes; its inputs must be there.</summary>
    Device Device => CPU;

    /// <summary>The sizes by which a cache is made.</summary>
    CacheShape CacheShape { get; }

    /// <summary>
    /// Whether a token's keys and values stay the same while its sequence grows to so many positions; not so with
    /// rotary positions that are stretched by the sequence's length.
    /// </summary>
    bool IsPrefixStable(long positions) => true;

    /// <summary>
    /// The length at which the keys and values of a sequence's earlier tokens become others, so that its cache must be
    /// made anew; null where they never do. Those of shorter sequences, and of longer ones, agree.
    /// </summary>
    long? RenewalLength => null;

    /// <summary>What the first block takes.</summary>
    /// <param name="inputIds">Token ids, [B, T] int64.</param>
    /// <returns>[B, T, hidden].</returns>
    Tensor Embed(Tensor inputIds);

    /// <summary>
    /// The blocks between <see cref="Embed"/> and <see cref="Logits"/>, the last norm included, each [B, T, hidden] to
    /// the same, to be called one after another. What they share, such as a mask, lives in the caller's scope.
    /// </summary>
    /// <param name="embedded">
    /// The output of <see cref="Embed"/>, whose shape, type and device are those of all states.
    /// </param>
    /// <param name="places">Where the tokens stand.</param>
    IReadOnlyList<Func<Tensor, Tensor>> Blocks(Tensor embedded, TokenPlaces places);

    /// <summary>The language-model head.</summary>
    /// <param name="hiddenStates">[..., hidden].</param>
    /// <returns>Logits, [..., vocabulary], in the base's type.</returns>
    Tensor Logits(Tensor hiddenStates);
}
