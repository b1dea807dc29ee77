namespace LoNas.Text.Jinja;

/// <summary>The filters that sort, group and compare.</summary>
internal static class OrderFilters
{
    public static IReadOnlyList<Builtin> All { get; } =
    [
        new("sort", "value reverse=False case_sensitive=False attribute=None", (r, a) => new PyList(
            [.. SequenceOrder.Sorted(
                SequenceFilters.Copied(r, a[0]), item => SortKey(r, item, a[3], ValueKind.IsTrue(a[2])),
                ValueKind.IsTrue(a[1]))])),
        new("dictsort", "value case_sensitive=False by=key reverse=False", DictSort),
        new("unique", "value case_sensitive=False attribute=None", Unique),
        new("min", "value case_sensitive=False attribute=None", (r, a) => Extreme(r, a, isMost: false)),
        new("max", "value case_sensitive=False attribute=None", (r, a) => Extreme(r, a, isMost: true)),
        new("groupby", "value attribute default=None case_sensitive=False", GroupBy),
    ];

    /// <summary>What an item is compared by; several attributes make a list.</summary>
    private static object? SortKey(Rendering rendering, object? item, object? attribute, bool isCaseSensitive)
    {
        rendering.Charge(16);
        if (attribute is not string names || !names.Contains(','))
        {
            return SequenceOrder.Key(
                attribute is null ? item : Members.Along(item, attribute, Builtin.Missing), isCaseSensitive);
        }

        rendering.Charge(16L * names.Length);
        return new PyList([.. names.Split(',').Select(
            name => SequenceOrder.Key(Members.Along(item, name, Builtin.Missing), isCaseSensitive))]);
    }

    private static object? DictSort(Rendering rendering, object?[] a)
    {
        var by = ValueText.Of(a[2]);
        if (by is not ("key" or "value"))
        {
            throw new JinjaException("You can only sort by either \"key\" or \"value\"");
        }

        var dict = a[0] as PyDict ?? throw new JinjaException(a[0] is Undefined missing
            ? missing.Reason
            : $"'{ValueKind.Name(a[0])}' object has no attribute 'items'");
        rendering.ChargeItems(dict.Count * 4L);
        return new PyList([.. SequenceOrder.Sorted(
            dict.Pairs, pair => SequenceOrder.Key(((PyTuple)pair!).Items[by == "key" ? 0 : 1], ValueKind.IsTrue(a[1])),
            ValueKind.IsTrue(a[3]))]);
    }

    private static object? Unique(Rendering rendering, object?[] a)
    {
        var seen = new PyDict();
        var kept = new List<object?>();
        foreach (var item in SequenceFilters.Copied(rendering, a[0]))
        {
            var key = SequenceOrder.Key(
                a[2] is null ? item : Members.Along(item, a[2], Builtin.Missing), ValueKind.IsTrue(a[1]));
            if (!seen.TryGet(key, out _))
            {
                seen.Set(key, null);
                kept.Add(item);
            }
        }

        return new PyIterator("generator", kept);
    }

    private static object? Extreme(Rendering rendering, object?[] a, bool isMost)
    {
        var items = SequenceFilters.Copied(rendering, a[0]);
        if (items.Length == 0)
        {
            return new Undefined("No aggregated item, sequence was empty.");
        }

        object? KeyOf(object? item) => SequenceOrder.Key(
            a[2] is null ? item : Members.Along(item, a[2], Builtin.Missing), ValueKind.IsTrue(a[1]));
        var (best, bestKey) = (items[0], KeyOf(items[0]));
        foreach (var item in items.Skip(1))
        {
            var key = KeyOf(item);
            if (isMost ? ValueOrder.Compare(key, bestKey, ">") > 0 : ValueOrder.Compare(key, bestKey) < 0)
            {
                (best, bestKey) = (item, key);
            }
        }

        return best;
    }

    private static object? GroupBy(Rendering rendering, object?[] a)
    {
        bool isCaseSensitive = ValueKind.IsTrue(a[3]);
        object? ValueOf(object? item) => Members.Along(item, a[1], a[2] ?? Builtin.Missing);
        var sorted = SequenceOrder.Sorted(
            SequenceFilters.Copied(rendering, a[0]), item => SequenceOrder.Key(ValueOf(item), isCaseSensitive), false);
        var groups = new List<object?>();
        for (int i = 0; i < sorted.Count;)
        {
            var key = SequenceOrder.Key(ValueOf(sorted[i]), isCaseSensitive);
            var members = sorted.Skip(i).TakeWhile(
                item => ValueOrder.AreEqual(SequenceOrder.Key(ValueOf(item), isCaseSensitive), key)).ToArray();
            // What is not equal to itself, NaN, is a group of its own.
            members = members.Length == 0 ? [sorted[i]] : members;
            rendering.ChargeItems(members.Length + (i / 4));
            groups.Add(new GroupTuple(ValueOf(members[0]), new PyList(members)));
            i += members.Length;
        }

        return new PyList([.. groups]);
    }
}
