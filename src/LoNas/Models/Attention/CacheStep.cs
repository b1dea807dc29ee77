using static TorchSharp.torch;

namespace LoNas.Models.Attention;

/// <summary>
/// The new tokens of a step whose rows have lengths of their own, and whose tokens may be alternatives for one position:
/// where they stand, and which cached tokens each of them looks at.
/// </summary>
public sealed class CacheStep : IDisposable
{
    /// <summary>Positions of the new tokens, [B, T] or, where all rows have the same, [1, T], int64.</summary>
    public required Tensor QueryPositions { get; init; }

    /// <summary>Positions of the keys, [B, S] or [1, S] int64.</summary>
    public required Tensor KeyPositions { get; init; }

    /// <summary>Which keys a token looks at, [B, T, S] bool; null: those up to its own position.</summary>
    public Tensor? Allowed { get; init; }

    /// <summary>Rows that need fewer keys than others, in parts that cover all rows; empty: all rows need all keys.</summary>
    public IReadOnlyList<CachePart> Parts { get; init; } = [];

    /// <summary>Tokens of each row when the step is done, without pads; rotary scaling may depend on it. B values.</summary>
    public required IReadOnlyList<long> Lengths { get; init; }

    /// <summary>One more than the highest position of a new token.</summary>
    public required long End { get; init; }

    /// <summary>Whether a token looks at a key, [B or 1, 1, T, S] bool; the caller owns it.</summary>
    /// <param name="window">Latest positions, its own among them, that a token looks back to; null for all.</param>
    public Tensor Visible(long? window = null)
    {
        using var scope = NewDisposeScope();
        var queries = QueryPositions.unsqueeze(2); // [B, T, 1]
        var keys = KeyPositions.unsqueeze(1); // [B, 1, S]
        var visible = Allowed ?? keys.le(queries); // [B, T, S]
        if (window < End)
        {
            using TorchSharp.Scalar back = window!.Value;
            visible = visible.logical_and(keys.gt(queries - back));
        }

        return visible.unsqueeze(1).MoveToOuterDisposeScope(); // [B, 1, T, S]
    }

    /// <summary>What is added to the scores: 0 or minus infinity; the caller owns it.</summary>
    /// <param name="window">Latest positions, its own among them, that a token looks back to; null for all.</param>
    /// <param name="dtype">The queries' type.</param>
    /// <returns>[B or 1, 1, T, S]; null where plain causal attention over as many keys as queries is the same.</returns>
    public Tensor? Mask(long? window, ScalarType dtype)
    {
        if (Allowed is null && !(window < End) && KeyPositions.shape[1] == QueryPositions.shape[1])
        {
            return null;
        }

        using var scope = NewDisposeScope();
        var hidden = Visible(window).logical_not();
        return zeros_like(hidden, dtype).masked_fill(hidden, AttentionMasks.Hidden).MoveToOuterDisposeScope();
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        QueryPositions.Dispose();
        KeyPositions.Dispose();
        Allowed?.Dispose();
    }
}
