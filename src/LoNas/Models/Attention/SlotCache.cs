using static TorchSharp.torch;

namespace LoNas.Models.Attention;

/// <summary>
/// Keys and values of many sequences with lengths of their own: a row a prompt, a slot a token. A row holds its prompt
/// once; the beams that go on from it put their tokens into slots of the same row, and <see cref="CacheStep.Allowed"/>
/// says which slots are a beam's own past. So nothing is copied for a beam, when beams fork, or when one dies.
/// </summary>
/// <param name="shape">The model's sizes.</param>
/// <param name="rows">Most sequences, B.</param>
/// <param name="capacity">Slots of a row to begin with; <see cref="Reserve"/> adds more.</param>
public sealed class SlotCache(CacheShape shape, long rows, long capacity) : IKvCache
{
    private readonly Tensor?[] _keys = new Tensor?[shape.Layers];
    private readonly Tensor?[] _values = new Tensor?[shape.Layers];
    private readonly (Tensor Keys, Tensor Values)?[] _prefix = new (Tensor, Tensor)?[shape.Layers];
    private SlotStep? _place;

    /// <summary>Slots of a row.</summary>
    public long Capacity { get; private set; } = capacity;

    /// <inheritdoc/>
    public long Length => 0;

    /// <inheritdoc/>
    public CacheStep? Step => _place?.Step;

    /// <summary>Says where the tokens of the next forward pass go.</summary>
    internal void Begin(SlotStep place) => _place = place;

    /// <inheritdoc/>
    public (Tensor Keys, Tensor Values) Append(int layer, Tensor key, Tensor value)
    {
        _keys[layer] ??= NewBuffer(key);
        _values[layer] ??= NewBuffer(value);
        return (Write(_keys[layer]!, key), Write(_values[layer]!, value));
    }

    /// <inheritdoc/>
    public void Advance(long positions)
    {
        // The rows' lengths are the caller's to count.
    }

    /// <summary>Makes room for so many slots a row.</summary>
    internal void Reserve(long slots)
    {
        if (slots <= Capacity)
        {
            return;
        }

        long old = Capacity;
        Capacity = Math.Max(slots, old + (old / 4));
        ForEach(buffer =>
        {
            var grown = NewBuffer(buffer);
            using var part = grown.narrow(2, 0, old);
            part.copy_(buffer);
            buffer.Dispose();
            return grown;
        });
    }

    /// <summary>Row <paramref name="to"/> becomes a copy of the first slots of row <paramref name="from"/>.</summary>
    internal void CopyRow(long from, long to, long slots) => ForEach(buffer =>
    {
        using var scope = NewDisposeScope();
        buffer[to].narrow(1, 0, slots).copy_(buffer[from].narrow(1, 0, slots));
        return buffer;
    });

    /// <summary>Keeps the first slots of row 0 for <see cref="CopyPrefix"/>.</summary>
    internal void KeepPrefix(long slots)
    {
        for (int layer = 0; layer < _keys.Length; layer++)
        {
            using var keys = _keys[layer]!.narrow(0, 0, 1).narrow(2, 0, slots);
            using var values = _values[layer]!.narrow(0, 0, 1).narrow(2, 0, slots);
            _prefix[layer] = (keys.clone().DetachFromDisposeScope(), values.clone().DetachFromDisposeScope());
        }
    }

    /// <summary>Puts the kept prefix into the first slots of rows.</summary>
    internal void CopyPrefix(long firstRow, long count)
    {
        for (int layer = 0; layer < _keys.Length && _prefix[layer] is { } prefix; layer++)
        {
            using var scope = NewDisposeScope();
            long slots = prefix.Keys.shape[2];
            _keys[layer]!.narrow(0, firstRow, count).narrow(2, 0, slots).copy_(prefix.Keys);
            _values[layer]!.narrow(0, firstRow, count).narrow(2, 0, slots).copy_(prefix.Values);
        }
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        for (int layer = 0; layer < _keys.Length; layer++)
        {
            _keys[layer]?.Dispose();
            _values[layer]?.Dispose();
            _prefix[layer]?.Keys.Dispose();
            _prefix[layer]?.Values.Dispose();
            (_keys[layer], _values[layer], _prefix[layer]) = (null, null, null);
        }
    }

    // Zeros: a slot nobody looks at is multiplied by 0, which would not take a stray NaN away.
    private Tensor NewBuffer(Tensor like) =>
        zeros([rows, like.shape[1], Capacity, like.shape[3]], like.dtype, like.device).DetachFromDisposeScope();

    private Tensor Write(Tensor buffer, Tensor states)
    {
        var place = _place!;
        if (place.Scatter is { } targets)
        {
            using var flat = buffer.view(-1, states.shape[3]); // [B * H * capacity, D]
            using var listed = states.reshape(-1, states.shape[3]); // [B * H * T, D]
            flat.index_copy_(0, targets, listed);
        }
        else
        {
            using var chosen = buffer.narrow(0, place.FirstRow, states.shape[0]);
            using var slots = chosen.narrow(2, place.FirstSlot, states.shape[2]);
            slots.copy_(states);
        }

        using var active = buffer.narrow(0, place.FirstRow, states.shape[0]);
        return active.narrow(2, 0, place.Width);
    }

    private void ForEach(Func<Tensor, Tensor> change)
    {
        for (int layer = 0; layer < _keys.Length && _keys[layer] is not null; layer++)
        {
            _keys[layer] = change(_keys[layer]!);
            _values[layer] = change(_values[layer]!);
        }
    }
}
