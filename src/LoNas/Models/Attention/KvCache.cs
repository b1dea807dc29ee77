using static TorchSharp.torch;

namespace LoNas.Models.Attention;

/// <summary>The sizes of a model that decide what generation keeps in memory.</summary>
/// <param name="Layers">Decoder layers.</param>
/// <param name="Heads">Key and value heads.</param>
/// <param name="HeadSize">Width of one head, D.</param>
/// <param name="HiddenSize">Width of the residual stream.</param>
/// <param name="VocabularySize">Logits of one position.</param>
public sealed record CacheShape(int Layers, long Heads, long HeadSize, long HiddenSize, long VocabularySize);

/// <summary>
/// Keys and values of the tokens already seen: for each layer two buffers [B, H, capacity, D], a row for each prompt
/// and a slot for each token, made on first use and filled in place. A row holds its prompt once. The beams that go on
/// from it put their tokens into slots of the same row, and <see cref="CacheStep.Allowed"/> says which slots are a
/// beam's own past, so nothing is copied for a beam, when beams fork, or when one dies.
/// </summary>
/// <param name="shape">The model's sizes.</param>
/// <param name="rows">Most rows, B.</param>
/// <param name="capacity">Slots of a row to begin with; more are added where they are needed.</param>
public sealed class KvCache(CacheShape shape, long rows, long capacity) : IDisposable
{
    private readonly Tensor?[] _keys = new Tensor?[shape.Layers];
    private readonly Tensor?[] _values = new Tensor?[shape.Layers];
    private readonly (Tensor Keys, Tensor Values)?[] _prefix = new (Tensor, Tensor)?[shape.Layers];

    /// <summary>Slots of a row.</summary>
    public long Capacity { get; private set; } = capacity;

    /// <summary>
    /// Tokens that every row holds which follow each other; those that were placed one by one do not count.
    /// </summary>
    public long Length { get; internal set; }

    /// <summary>Stores a layer's new keys and values.</summary>
    /// <param name="layer">The layer's index.</param>
    /// <param name="step">Where the new tokens go.</param>
    /// <param name="key">[B, H, T, D], for the rows of the step.</param>
    /// <param name="value">[B, H, T, D].</param>
    /// <returns>All keys and values that the new tokens may look at, [B, H, S, D], views of the cache.</returns>
    internal (Tensor Keys, Tensor Values) Append(int layer, CacheStep step, Tensor key, Tensor value)
    {
        _keys[layer] ??= NewBuffer(key);
        _values[layer] ??= NewBuffer(value);
        return (Write(_keys[layer]!, step, key), Write(_values[layer]!, step, value));
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

    // Zeros: a slot that nobody looks at is multiplied by 0, which would not take a stray NaN away.
    private Tensor NewBuffer(Tensor like) =>
        zeros([rows, like.shape[1], Capacity, like.shape[3]], like.dtype, like.device).DetachFromDisposeScope();

    private static Tensor Write(Tensor buffer, CacheStep step, Tensor states)
    {
        if (step.Scatter is { } targets)
        {
            using var flat = buffer.view(-1, states.shape[3]); // [B * H * capacity, D]
            using var listed = states.reshape(-1, states.shape[3]); // [B * H * T, D]
            flat.index_copy_(0, targets, listed);
        }
        else
        {
            using var chosen = buffer.narrow(0, step.FirstRow, states.shape[0]);
            using var slots = chosen.narrow(2, step.FirstSlot, states.shape[2]);
            slots.copy_(states);
        }

        using var active = buffer.narrow(0, step.FirstRow, states.shape[0]);
        return active.narrow(2, 0, step.Width);
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
