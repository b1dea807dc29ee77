namespace LoNas.Distributed;

/// <summary>
/// What the processes of one run (the ranks, from 0) tell each other. All ranks call the same methods in the same
/// order, from one thread each. Only bytes are moved and nothing is computed, so every implementation gives the same
/// bits.
/// </summary>
public interface ICollectives
{
    /// <summary>The number of this process, from 0.</summary>
    int Rank { get; }

    /// <summary>How many processes there are, at least 1.</summary>
    int Size { get; }

    /// <summary>Waits for all ranks and gives each what every one brought.</summary>
    /// <param name="own">What this rank brings; ranks may bring different lengths.</param>
    /// <returns>One array for each rank, in their order.</returns>
    byte[][] Gather(ReadOnlySpan<byte> own);

    /// <summary>Sends each rank a part of its own; what goes to this rank itself is copied.</summary>
    /// <param name="sent">The parts for ranks 0, 1, … one after another.</param>
    /// <param name="sentLengths">The length of each of these parts in bytes; one for each rank.</param>
    /// <param name="received">Takes the parts of ranks 0, 1, … one after another.</param>
    /// <param name="receivedLengths">The length of each of these in bytes, which this rank knows beforehand.</param>
    void Exchange(
        ReadOnlySpan<byte> sent, ReadOnlySpan<int> sentLengths, Span<byte> received, ReadOnlySpan<int> receivedLengths);
}
