using static TorchSharp.torch;

namespace LoNas.Models.Attention;

/// <summary>Keys and values of earlier positions, as a model sees them while it computes new ones.</summary>
public interface IKvCache : IDisposable
{
    /// <summary>Positions that every row holds, where <see cref="Step"/> is null.</summary>
    long Length { get; }

    /// <summary>Where the new tokens stand; null when each row's new positions follow on <see cref="Length"/> others.</summary>
    CacheStep? Step { get; }

    /// <summary>Stores a layer's new keys and values.</summary>
    /// <param name="layer">The layer's index.</param>
    /// <param name="key">[B, H, T, D].</param>
    /// <param name="value">[B, H, T, D].</param>
    /// <returns>All keys and values that the new tokens may look at, [B, H, S, D], views of the cache.</returns>
    (Tensor Keys, Tensor Values) Append(int layer, Tensor key, Tensor value);

    /// <summary>Counts the positions just appended to every layer.</summary>
    void Advance(long positions);
}
