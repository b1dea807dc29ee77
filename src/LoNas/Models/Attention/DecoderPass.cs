using static TorchSharp.torch;

namespace LoNas.Models.Attention;

/// <summary>
/// What the layers of one pass share, each made once, when a layer first asks for it: tables of rotary positions and
/// masks. They live in the scope of whoever asks.
/// </summary>
/// <param name="embedded">What the first layer takes, [B, T, H], or [1, N, H] packed.</param>
/// <param name="places">Where the tokens stand.</param>
internal sealed class DecoderPass(Tensor embedded, TokenPlaces places)
{
    private readonly Dictionary<RotaryEmbedding, (Tensor Cosine, Tensor Sine)> _tables = [];
    private readonly Dictionary<long, Tensor?> _masks = [];

    /// <summary>Where the tokens stand.</summary>
    public TokenPlaces Places => places;

    /// <summary>The tables of the tokens' positions, each [T, D], or [B or 1, 1, T, D] behind cached tokens.</summary>
    public (Tensor Cosine, Tensor Sine) Tables(RotaryEmbedding rotary) =>
        _tables.TryGetValue(rotary, out var made) ? made : _tables[rotary] = rotary.Tables(places, embedded);

    /// <summary>Which keys each token looks at, as <see cref="TokenPlaces.Mask"/> gives it.</summary>
    /// <param name="window">Latest positions, its own among them, that a token looks back to; null for all.</param>
    public Tensor? Mask(long? window = null) => _masks.TryGetValue(window ?? 0, out var made)
        ? made
        : _masks[window ?? 0] = places.Mask(embedded, window);
}
