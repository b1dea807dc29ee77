namespace LoNas.Distributed;

/// <summary>A run of one process, which has nobody to tell anything.</summary>
public sealed class SingleProcess : ICollectives
{
    private SingleProcess()
    {
    }

    /// <summary>The only one.</summary>
    public static SingleProcess Instance { get; } = new();

    /// <inheritdoc/>
    public int Rank => 0;

    /// <inheritdoc/>
    public int Size => 1;

    /// <inheritdoc/>
    public byte[][] Gather(ReadOnlySpan<byte> own) => [own.ToArray()];

    /// <inheritdoc/>
    public void Exchange(
        ReadOnlySpan<byte> sent, ReadOnlySpan<int> sentLengths, Span<byte> received, ReadOnlySpan<int> receivedLengths)
        => sent.CopyTo(received);
}
