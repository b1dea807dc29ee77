using static TorchSharp.torch;

namespace LoNas.Models.Attention;

/// <summary>
/// Keys and values of the positions already seen, a pair of [B, H, capacity, D] buffers a layer, allocated on first use
/// and filled in place.
/// </summary>
public sealed class KvCache : IKvCache
{
    private readonly Tensor?[] _keys;
    private readonly Tensor?[] _values;
    private readonly long _capacity;

    /// <summary>An empty cache.</summary>
    /// <param name="layers">Decoder layers.</param>
    /// <param name="rows">Sequences, B.</param>
    /// <param name="capacity">Most positions it will hold.</param>
    public KvCache(int layers, long rows, long capacity)
    {
        _keys = new Tensor?[layers];
        _values = new Tensor?[layers];
        Rows = rows;
        _capacity = capacity;
    }

    /// <summary>Sequences, B.</summary>
    public long Rows { get; private set; }

    /// <inheritdoc/>
    public long Length { get; private set; }

    /// <inheritdoc/>
    public CacheStep? Step => null;

    /// <inheritdoc/>
    public (Tensor Keys, Tensor Values) Append(int layer, Tensor key, Tensor value)
    {
        long added = key.shape[2];
        if (Length + added > _capacity)
        {
            throw new InvalidOperationException($"The cache holds {_capacity} positions; {Length + added} are needed");
        }

        _keys[layer] ??= NewBuffer(key);
        _values[layer] ??= NewBuffer(value);
        using (var slot = _keys[layer]!.narrow(2, Length, added))
        {
            slot.copy_(key);
        }

        using (var slot = _values[layer]!.narrow(2, Length, added))
        {
            slot.copy_(value);
        }

        return (_keys[layer]!.narrow(2, 0, Length + added), _values[layer]!.narrow(2, 0, Length + added));
    }

    /// <inheritdoc/>
    public void Advance(long positions) => Length += positions;

    /// <summary>Row i becomes a copy of the former row <paramref name="parents"/>[i]; their number may change.</summary>
    /// <param name="parents">Former rows, [B'] int64.</param>
    public void SelectRows(Tensor parents)
    {
        for (int layer = 0; layer < _keys.Length; layer++)
        {
            _keys[layer] = Selected(_keys[layer], parents);
            _values[layer] = Selected(_values[layer], parents);
        }

        Rows = parents.shape[0];
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        for (int layer = 0; layer < _keys.Length; layer++)
        {
            _keys[layer]?.Dispose();
            _values[layer]?.Dispose();
            (_keys[layer], _values[layer]) = (null, null);
        }
    }

    private Tensor NewBuffer(Tensor like) =>
        empty([Rows, like.shape[1], _capacity, like.shape[3]], like.dtype, like.device).DetachFromDisposeScope();

    private Tensor? Selected(Tensor? buffer, Tensor parents)
    {
        if (buffer is null)
        {
            return null;
        }

        // Only the filled part is copied: the rest of the new buffer stays untouched memory.
        using var scope = NewDisposeScope();
        var shape = buffer.shape;
        var selected = empty([parents.shape[0], shape[1], _capacity, shape[3]], buffer.dtype, buffer.device);
        selected.narrow(2, 0, Length).copy_(buffer.narrow(2, 0, Length).index_select(0, parents));
        buffer.Dispose();
        return selected.DetachFromDisposeScope();
    }
}
