using LoNas.Data.Records;

namespace LoNas.Data;

/// <summary>
/// Puts examples together until a length is full: the longest first, each where it leaves the least room (best-fit
/// decreasing; Johnson et al., 1974). How many bins there are depends on the lengths alone, not on the order.
/// </summary>
public static class ExampleBins
{
    /// <summary>The bins in the order in which they were begun.</summary>
    /// <param name="order">The examples; of several of the same length the first go first.</param>
    /// <param name="length">The length of an example.</param>
    /// <param name="most">The length of a bin; a longer example has one of its own.</param>
    public static IReadOnlyList<List<int>> Of(IEnumerable<int> order, Func<int, int> length, int most)
    {
        var bins = new List<List<int>>();
        var room = new SortedSet<(int Left, int Bin)>();
        foreach (int example in order.OrderByDescending(length))
        {
            int needed = length(example);
            var best = room.GetViewBetween((needed, 0), (most, int.MaxValue)).Min;
            if (best.Left < needed || room.Count == 0)
            {
                bins.Add([]);
                best = (most, bins.Count - 1);
            }
            else
            {
                room.Remove(best);
            }

            bins[best.Bin].Add(example);
            if (best.Left > needed)
            {
                room.Add((best.Left - needed, best.Bin));
            }
        }

        return bins;
    }

    /// <summary>How many units an epoch is made of: bins, or the examples themselves.</summary>
    /// <param name="examples">The examples.</param>
    /// <param name="most">The length of a bin; null: none are put together.</param>
    public static int Count(IReadOnlyList<TrainingExample> examples, int? most) => most is { } length
        ? Of(Enumerable.Range(0, examples.Count), examples.LengthOf, length).Count
        : examples.Count;
}
