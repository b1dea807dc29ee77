using static TorchSharp.torch;

namespace LoNas.Models.Attention;

/// <summary>Where a forward pass puts its tokens in a <see cref="SlotCache"/>.</summary>
internal sealed class SlotStep : IDisposable
{
    /// <summary>What the model is told.</summary>
    public required CacheStep Step { get; init; }

    /// <summary>The first of the rows that take part.</summary>
    public required long FirstRow { get; init; }

    /// <summary>Slots that the new tokens look at: the first so many of each row.</summary>
    public required long Width { get; init; }

    /// <summary>The slot of each row's first token, the others following it; unused with <see cref="Scatter"/>.</summary>
    public long FirstSlot { get; init; }

    /// <summary>Each token's place in the buffer's rows of D, [B * H * T] int64; null for tokens that follow each other.</summary>
    public Tensor? Scatter { get; init; }

    public void Dispose()
    {
        Step.Dispose();
        Scatter?.Dispose();
    }
}
