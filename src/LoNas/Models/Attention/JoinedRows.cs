using LoNas.Runtime;
using static TorchSharp.torch;

namespace LoNas.Models.Attention;

/// <summary>
/// Sequences one behind the other in a single row, each of which attends to itself alone. Attention takes those of
/// similar length together, so that short ones do not wait for long ones. Its tensors live in the scope it is made in.
/// </summary>
public sealed class JoinedRows
{
    /// <summary>A sequence goes with longer ones unless it has less than this share of the longest's length.</summary>
    private const double SimilarLength = 0.8;

    private readonly List<Part> _parts = [];

    /// <summary>Lays out sequences.</summary>
    /// <param name="lengths">Tokens of each, the longest first.</param>
    /// <param name="device">Where they are.</param>
    /// <exception cref="ArgumentException">A longer one follows a shorter one.</exception>
    public JoinedRows(IReadOnlyList<int> lengths, Device device)
    {
        if (lengths.Zip(lengths.Skip(1)).Any(pair => pair.First < pair.Second))
        {
            throw new ArgumentException("Joined sequences must be in the order of their lengths, the longest first");
        }

        Longest = lengths[0];
        Positions = DeviceTensors.Of(
            lengths.SelectMany(length => Enumerable.Range(0, length).Select(place => (long)place)).ToArray(), device);
        long first = 0;
        for (int row = 0; row < lengths.Count;)
        {
            int width = lengths[row];
            int[] rows = [.. lengths.Skip(row).TakeWhile(length => length >= width * SimilarLength)];
            _parts.Add(new Part(first, rows.Sum(), rows.Length, width, rows[^1] == width ? null
                : new PackedRows(rows, width, device)));
            first += rows.Sum();
            row += rows.Length;
        }
    }

    /// <summary>Tokens of the longest sequence.</summary>
    public long Longest { get; }

    /// <summary>Where each token stands in its sequence, [N].</summary>
    internal Tensor Positions { get; }

    /// <summary>Attends within each sequence.</summary>
    /// <param name="query">[1, H, N, D].</param>
    /// <param name="key">[1, Hkv, N, D].</param>
    /// <param name="value">[1, Hkv, N, D].</param>
    /// <param name="mask">
    /// That of the longest sequence, [1, 1 or H, T, T]; null where attention is plainly causal.
    /// </param>
    /// <param name="capped">How scores are scaled and bounded; null for 1 / sqrt(D) and no bound.</param>
    /// <returns>[1, H, N, D].</returns>
    internal Tensor Attend(Tensor query, Tensor key, Tensor value, Tensor? mask, AttentionScores? capped)
    {
        using var scope = NewDisposeScope();
        return cat([.. _parts.Select(part => part.Join(GroupedAttention.Attend(
            part.Rows(query), part.Rows(key), part.Rows(value),
            mask?.narrow(2, 0, part.Width).narrow(3, 0, part.Width), step: null, capped)))], dim: 2)
            .MoveToOuterDisposeScope();
    }

    /// <summary>Sequences of similar length.</summary>
    /// <param name="First">Their first token.</param>
    /// <param name="Tokens">Their tokens.</param>
    /// <param name="Count">How many they are.</param>
    /// <param name="Width">The length of the longest.</param>
    /// <param name="Padding">Where their tokens stand in rows; null where all have that length.</param>
    private sealed record Part(long First, long Tokens, long Count, long Width, PackedRows? Padding)
    {
        /// <summary>[1, H, N, D] to [B, H, T, D].</summary>
        public Tensor Rows(Tensor states)
        {
            var (heads, size) = (states.shape[1], states.shape[3]);
            var tokens = states.narrow(2, First, Tokens).transpose(1, 2).flatten(2); // [1, n, H * D]
            return PackedRows.Pad(tokens, Padding).view(Count, Width, heads, size).transpose(1, 2);
        }

        /// <summary>[B, H, T, D] to [1, H, n, D].</summary>
        public Tensor Join(Tensor rows)
        {
            var (heads, size) = (rows.shape[1], rows.shape[3]);
            var states = rows.transpose(1, 2).flatten(2); // [B, T, H * D]
            var tokens = Padding is null ? states.reshape(1, Tokens, -1) : PackedRows.Unpad(states, Padding);
            return tokens.view(1, Tokens, heads, size).transpose(1, 2);
        }
    }
}
