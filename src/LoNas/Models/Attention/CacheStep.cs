using LoNas.Runtime;
using static TorchSharp.torch;

namespace LoNas.Models.Attention;

/// <summary>Neighbouring rows that attend together.</summary>
/// <param name="First">The first row.</param>
/// <param name="Count">Rows.</param>
/// <param name="Width">Slots that any of them looks at: the first so many.</param>
internal sealed record CachePart(int First, int Count, int Width);

/// <summary>
/// The new tokens of a pass over a cache. Rows have lengths of their own, and a row's tokens may be alternatives for
/// one position: where they stand, which slots they fill, and which cached tokens each of them looks at.
/// </summary>
internal sealed class CacheStep : IDisposable
{
    /// <summary>Positions of the new tokens, int64: [B, T], or [1, T] where all rows have the same.</summary>
    public required Tensor QueryPositions { get; init; }

    /// <summary>Positions of the keys in the first slots of each row, int64: [B, S] or [1, S].</summary>
    public required Tensor KeyPositions { get; init; }

    /// <summary>Which keys a token looks at, [B, T, S] bool; null: those up to its own position.</summary>
    public Tensor? Allowed { get; init; }

    /// <summary>
    /// Rows that need fewer keys than others, in parts that cover all rows; empty: all rows need all keys.
    /// </summary>
    public IReadOnlyList<CachePart> Parts { get; init; } = [];

    /// <summary>
    /// Tokens of each row when the step is done, without pads; rotary scaling may depend on it. B values.
    /// </summary>
    public required IReadOnlyList<long> Lengths { get; init; }

    /// <summary>One more than the highest position of a new token.</summary>
    public required long End { get; init; }

    /// <summary>The first of the rows that take part.</summary>
    public long FirstRow { get; init; }

    /// <summary>
    /// The slot of each row's first token, the others following it; unused with <see cref="Scatter"/>.
    /// </summary>
    public long FirstSlot { get; init; }

    /// <summary>
    /// Each token's place in the buffer's rows of D, [B * H * T] int64; null: tokens that follow each other.
    /// </summary>
    public Tensor? Scatter { get; init; }

    /// <summary>Slots that the new tokens look at: the first so many of each row.</summary>
    public long Width => KeyPositions.shape[1];

    /// <summary>A step whose tokens follow the same number of others in every row.</summary>
    /// <param name="past">Tokens before, which fill the first slots.</param>
    /// <param name="count">New tokens of a row, T, pads on the right among them.</param>
    /// <param name="lengths">Tokens of each row when the step is done, without pads.</param>
    /// <param name="firstRow">The first of the rows.</param>
    /// <param name="device">Where the model computes.</param>
    public static CacheStep Following(
        long past, long count, IReadOnlyList<long> lengths, long firstRow, Device device) => new()
        {
            QueryPositions = HeldSums.Range(past, past + count, device: device).unsqueeze(0),
            KeyPositions = HeldSums.Range(0, past + count, device: device).unsqueeze(0),
            Lengths = lengths,
            End = past + count,
            FirstRow = firstRow,
            FirstSlot = past,
        };

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
            using TorchSharp.Scalar back = -window!.Value;
            visible = visible.logical_and(keys.gt(queries.Plus(back)));
        }

        return visible.unsqueeze(1).MoveToOuterDisposeScope(); // [B, 1, T, S]
    }

    /// <summary>What is added to the scores: 0 or minus infinity; the caller owns it.</summary>
    /// <param name="window">Latest positions, its own among them, that a token looks back to; null for all.</param>
    /// <param name="dtype">The queries' type.</param>
    /// <returns>
    /// [B or 1, 1, T, S]; null where plain causal attention over as many keys as queries is the same.
    /// </returns>
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
        Scatter?.Dispose();
    }
}
