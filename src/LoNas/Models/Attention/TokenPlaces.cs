using TorchSharp;
using static TorchSharp.torch;

namespace LoNas.Models.Attention;

/// <summary>
/// Where the tokens of a pass stand, and so what each of them looks at: in rows of their own, packed into one row
/// without pads, joined in one row that attention sees too, or behind the tokens of a cache. A family asks it for masks
/// and attention and need not know which of them it is.
/// </summary>
public sealed class TokenPlaces
{
    private readonly Tensor? _attentionMask;
    private readonly PackedRows? _packed;
    private readonly KvCache? _cache;
    private readonly JoinedRows? _joined;

    private TokenPlaces(
        Tensor? attentionMask, PackedRows? packed, KvCache? cache, CacheStep? step, JoinedRows? joined = null) =>
        (_attentionMask, _packed, _cache, Step, _joined) = (attentionMask, packed, cache, step, joined);

    /// <summary>Where the new tokens stand behind those of a cache; null without one.</summary>
    internal CacheStep? Step { get; }

    /// <summary>True at real tokens, [B, T] bool; null when all are.</summary>
    internal Tensor? AttentionMask => _attentionMask;

    /// <summary>Every row is a sequence from its beginning.</summary>
    /// <param name="attentionMask">
    /// True at real tokens, [B, T] bool; null when all are, or pads are on the right.
    /// </param>
    public static TokenPlaces InRows(Tensor? attentionMask = null) => new(attentionMask, null, null, null);

    /// <summary>The tokens of all rows stand in a single one.</summary>
    /// <param name="rows">The rows that they belong to.</param>
    public static TokenPlaces Packed(PackedRows rows) => new(null, rows, null, null);

    /// <summary>The sequences stand one behind the other in a single row.</summary>
    /// <param name="rows">The sequences.</param>
    public static TokenPlaces Joined(JoinedRows rows) => new(null, null, null, null, rows);

    /// <summary>Where each token stands in its sequence, [N]; null where that is its column.</summary>
    internal Tensor? Positions => _joined?.Positions;

    /// <summary>The tokens follow those of a cache.</summary>
    internal static TokenPlaces Behind(KvCache cache, CacheStep step) => new(null, null, cache, step);

    /// <summary>Rows and columns that masks are made for: of joined sequences one row of the longest.</summary>
    /// <param name="states">[B, T, H], or [1, N, H] packed or joined.</param>
    internal (long Rows, long Columns) Shape(Tensor states) =>
        _joined is not null ? (1, _joined.Longest)
        : _packed is null ? (states.shape[0], states.shape[1])
        : (_packed.Rows, _packed.Columns);

    /// <summary>Which keys each token looks at.</summary>
    /// <param name="states">The states that queries are made of, [B, T, H], or [1, N, H] packed.</param>
    /// <param name="window">Latest positions, its own among them, that a token looks back to; null for all.</param>
    /// <returns>
    /// [B or 1, 1, T, S], bool or added to the scores; null where plain causal attention is the same.
    /// </returns>
    public Tensor? Mask(Tensor states, long? window = null)
    {
        var (rows, columns) = Shape(states);
        return Step is null
            ? AttentionMasks.Causal(_attentionMask, rows, columns, states.device, window)
            : Step.Mask(window, states.dtype);
    }

    /// <summary>
    /// Attends, behind the cached tokens where there are some. Query heads may share key and value heads.
    /// </summary>
    /// <param name="layer">The layer's index, by which the cache keeps keys and values.</param>
    /// <param name="query">[B, H, T, D].</param>
    /// <param name="key">[B, Hkv, T, D].</param>
    /// <param name="value">[B, Hkv, T, D].</param>
    /// <param name="mask">
    /// What <see cref="Mask"/> gave, or a bias [B or 1, 1 or H, T, S] that is added to the scores.
    /// </param>
    /// <param name="scores">How scores are scaled and bounded; null for 1 / sqrt(D).</param>
    /// <returns>[B, H, T, D].</returns>
    public Tensor Attend(
        int layer, Tensor query, Tensor key, Tensor value, Tensor? mask, AttentionScores? scores = null)
    {
        using var scope = NewDisposeScope();
        // What attends divides by sqrt(D) itself, but for bounded scores.
        if (scores is { Cap: null } && scores.Scale * Math.Sqrt(query.shape[^1]) is not 1.0 and var times)
        {
            using Scalar factor = times;
            query = query * factor;
        }

        if (_joined is not null)
        {
            return _joined.Attend(query, key, value, mask, scores?.Cap is null ? null : scores)
                .MoveToOuterDisposeScope();
        }

        if (_cache is not null)
        {
            (key, value) = _cache.Append(layer, Step!, key, value); // [B, Hkv, S, D]
        }

        return GroupedAttention.Attend(query, key, value, mask, Step, scores?.Cap is null ? null : scores)
            .MoveToOuterDisposeScope();
    }

    /// <summary>States as attention needs them: packed tokens go to their rows, with zeros for the pads.</summary>
    /// <param name="states">[B, T, W], or [1, N, W] packed.</param>
    /// <returns>[B, T, W].</returns>
    public Tensor Pad(Tensor states) => PackedRows.Pad(states, _packed);

    /// <summary>The way back from <see cref="Pad"/>.</summary>
    /// <param name="states">[B, T, W].</param>
    /// <returns>[B, T, W], or [1, N, W] packed.</returns>
    public Tensor Unpad(Tensor states) => PackedRows.Unpad(states, _packed);
}
