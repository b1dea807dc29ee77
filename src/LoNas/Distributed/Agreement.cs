using System.Text;

namespace LoNas.Distributed;

/// <summary>What all ranks come to hold for true.</summary>
public static class Agreement
{
    /// <summary>Whether it is so on any rank.</summary>
    public static bool Any(this ICollectives ranks, bool own) =>
        ranks.Size == 1 ? own : ranks.Gather([own ? (byte)1 : (byte)0]).Any(bytes => bytes[0] != 0);

    /// <summary>What rank 0 found; the other ranks do not look.</summary>
    public static string? OfFirst(this ICollectives ranks, Func<string?> find)
    {
        if (ranks.Size == 1)
        {
            return find();
        }

        // The first byte tells no text from an empty one.
        var own = ranks.Rank == 0 && find() is { } text ? Encoding.UTF8.GetBytes($"+{text}") : [];
        var first = ranks.Gather(own)[0];
        return first.Length == 0 ? null : Encoding.UTF8.GetString(first.AsSpan(1));
    }

    /// <summary>Waits for all ranks.</summary>
    public static void Meet(this ICollectives ranks)
    {
        if (ranks.Size > 1)
        {
            ranks.Gather([]);
        }
    }
}
