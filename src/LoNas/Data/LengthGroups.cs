namespace LoNas.Data;

/// <summary>
/// Orders records so that neighbours have similar lengths, as Hugging Face's LengthGroupedSampler does: a random order is cut into
/// parts of up to fifty steps, each sorted by descending length, and the longest record of all comes first, so that too little
/// memory shows at once.
/// </summary>
internal static class LengthGroups
{
    private const int MostSteps = 50;
    private const int LeastParts = 4;

    /// <param name="order">Records in random order.</param>
    /// <param name="length">The length of a record.</param>
    /// <param name="stepSize">Records of an optimiser step.</param>
    /// <returns>The same records.</returns>
    public static int[] Of(int[] order, Func<int, int> length, long stepSize)
    {
        long steps = Math.Max(1, Math.Min(order.Length / (stepSize * LeastParts), MostSteps));
        var parts = order.Chunk((int)Math.Min(order.Length, steps * stepSize)).Select(part => part.OrderByDescending(length).ToArray()).ToArray();
        var longest = parts.MaxBy(part => length(part[0]))!;
        (parts[0][0], longest[0]) = (longest[0], parts[0][0]);
        return [.. parts.SelectMany(part => part)];
    }
}
