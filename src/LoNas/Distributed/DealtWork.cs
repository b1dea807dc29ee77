using System.Runtime.InteropServices;

namespace LoNas.Distributed;

/// <summary>Work in pieces that do not depend on each other, dealt to the ranks.</summary>
public static class DealtWork
{
    /// <summary>
    /// Computes every piece on one of the ranks; all ranks get all results, in the order of the pieces.
    /// </summary>
    /// <param name="ranks">The ranks; all of them call this.</param>
    /// <param name="count">The number of pieces.</param>
    /// <param name="compute">Computes a piece by its number.</param>
    /// <param name="cancel">Stops between two pieces; if any rank stops, all do.</param>
    /// <exception cref="OperationCanceledException">Cancellation was requested, here or on another rank.</exception>
    public static T[] Deal<T>(this ICollectives ranks, int count, Func<int, T> compute, CancellationToken cancel)
        where T : unmanaged
    {
        var own = new List<T>();
        bool isWhole = ranks.Together(
            stop =>
            {
                for (int piece = ranks.Rank; piece < count; piece += ranks.Size)
                {
                    stop.ThrowIfCancellationRequested();
                    own.Add(compute(piece));
                }
            },
            cancel);
        if (!isWhole)
        {
            throw new OperationCanceledException(cancel);
        }

        var all = ranks.GatherAll<T>(CollectionsMarshal.AsSpan(own));
        return [.. Enumerable.Range(0, count).Select(piece => all[piece % ranks.Size][piece / ranks.Size])];
    }

    /// <summary>Gives every rank what each has.</summary>
    public static T[][] GatherAll<T>(this ICollectives ranks, ReadOnlySpan<T> own)
        where T : unmanaged =>
        [.. ranks.Gather(MemoryMarshal.AsBytes(own)).Select(bytes => MemoryMarshal.Cast<byte, T>(bytes).ToArray())];
}
