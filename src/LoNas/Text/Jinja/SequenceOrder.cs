namespace LoNas.Text.Jinja;

/// <summary>Order of lists by keys that Python can compare.</summary>
internal static class SequenceOrder
{
    /// <summary>The items in the order of their keys; equal ones keep theirs.</summary>
    /// <exception cref="JinjaException">Two keys have no order.</exception>
    public static List<T> Sorted<T>(IEnumerable<T> items, Func<T, object?> key, bool isReversed)
    {
        var keyed = items.Select(item => (Item: item, Key: key(item))).ToArray();
        // Merge sort: no order of numbers that are none (NaN) makes it throw or run on.
        return [.. Merged(keyed, isReversed).Select(entry => entry.Item)];
    }

    /// <summary>A value to compare: texts in small letters unless their case counts.</summary>
    public static object? Key(object? value, bool isCaseSensitive) =>
        !isCaseSensitive && ValueKind.TextOf(value) is { } text ? Lower(text) : value;

    private static string Lower(string text)
    {
        WorkBudget.SpendText(text.Length);
        return text.ToLowerInvariant();
    }

    private static (T Item, object? Key)[] Merged<T>((T Item, object? Key)[] items, bool isReversed)
    {
        if (items.Length < 2)
        {
            return items;
        }

        var left = Merged(items[..(items.Length / 2)], isReversed);
        var right = Merged(items[(items.Length / 2)..], isReversed);
        var merged = new (T, object?)[items.Length];
        for (int i = 0, l = 0, r = 0; i < merged.Length; i++)
        {
            bool takesRight = l == left.Length || (r < right.Length && (isReversed
                ? ValueOrder.Compare(left[l].Key, right[r].Key) < 0
                : ValueOrder.Compare(right[r].Key, left[l].Key) < 0));
            merged[i] = takesRight ? right[r++] : left[l++];
        }

        return merged;
    }
}
