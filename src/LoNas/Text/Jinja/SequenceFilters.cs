namespace LoNas.Text.Jinja;

/// <summary>The filters of lists and dictionaries.</summary>
internal static class SequenceFilters
{
    public static IReadOnlyList<Builtin> All { get; } =
    [
        new("length", "obj", (_, a) => ValueKind.Length(a[0])),
        new("list", "value", (r, a) => new PyList(Copied(r, a[0]))),
        new("first", "seq", (_, a) => ValueKind.Items(a[0]) is [var first, ..] ? first
            : new Undefined("No first item, sequence was empty.")),
        new("last", "seq", (_, a) => ValueKind.Items(a[0]) is [.., var last] ? last
            : new Undefined("No last item, sequence was empty.")),
        new("join", "value d= attribute=None", Join),
        new("reverse", "value", Reverse),
        new("items", "value", (_, a) => a[0] switch
        {
            PyDict dict => new PyIterator("generator", dict.Pairs),
            Undefined => new PyIterator("generator", []),
            _ => throw new JinjaException("Can only get item pairs from a mapping."),
        }),
        new("batch", "value linecount fill_with=None", Batch),
        new("slice", "value slices fill_with=None", Slice),
        new("sum", "iterable attribute=None start=0", Sum),
        new("attr", "obj name", (_, a) => Members.Own(a[0], ValueText.Of(a[1]), out var value)
            ? value : Undefined.Member(a[0], a[1])),
        new("default", "value default_value= boolean=False", (_, a) =>
            a[0] is Undefined || (ValueKind.IsTrue(a[2]) && !ValueKind.IsTrue(a[0])) ? a[1] : a[0]),
        new("tojson", "x ensure_ascii=False indent=None separators=None sort_keys=False", (r, a) =>
        {
            var text = ValueJson.Write(a[0], a[2], a[3], ValueKind.IsTrue(a[1]), ValueKind.IsTrue(a[4]));
            r.Charge(8L * text.Length);
            return text;
        }),
    ];

    /// <summary>What a value holds, as an array of its own.</summary>
    public static object?[] Copied(Rendering rendering, object? value)
    {
        var items = ValueKind.Items(value);
        rendering.ChargeItems(items.Count);
        return [.. items];
    }

    private static object? Join(Rendering rendering, object?[] a)
    {
        var items = ValueKind.Items(a[0]);
        rendering.ChargeItems(items.Count);
        if (a[2] is not null)
        {
            items = [.. items.Select(item => Members.Along(item, a[2], Builtin.Missing))];
        }

        var separator = ValueText.Of(a[1]);
        var texts = items.Select(ValueText.Of).ToArray();
        rendering.ChargeText(texts.Sum(text => (long)text.Length) + (separator.Length * (long)texts.Length));
        return string.Join(separator, texts);
    }

    private static object? Reverse(Rendering rendering, object?[] a)
    {
        if (a[0] is string or Markup)
        {
            return Slices.Of(rendering, a[0], null, null, -1L);
        }

        if (a[0] is not Undefined && !ValueKind.IsIterable(a[0]))
        {
            throw new JinjaException("argument must be iterable");
        }

        var items = Copied(rendering, a[0]);
        Array.Reverse(items);
        return new PyIterator("list_reverseiterator", items);
    }

    private static object? Batch(Rendering rendering, object?[] a)
    {
        long count = ValueKind.Whole(a[1], "the count");
        if (count < 1)
        {
            throw new JinjaException($"'batch' is given {count}; expected at least 1");
        }

        var parts = Copied(rendering, a[0]).Chunk((int)Math.Min(count, WorkBudget.MostItems)).ToArray();
        if (parts.Length > 0 && a[2] is not null && parts[^1].Length < count)
        {
            rendering.ChargeItems(count);
            parts[^1] = [.. parts[^1], .. Enumerable.Repeat(a[2], (int)count - parts[^1].Length)];
        }

        return new PyIterator("generator", [.. parts.Select(part => new PyList(part))]);
    }

    private static object? Slice(Rendering rendering, object?[] a)
    {
        var items = Copied(rendering, a[0]);
        long count = ValueKind.Whole(a[1], "the count");
        if (count < 1)
        {
            throw new JinjaException($"'slice' is given {count}; expected at least 1");
        }

        rendering.ChargeItems(count);
        var (size, more) = Math.DivRem(items.Length, (int)count);
        var parts = new List<object?>();
        for (int i = 0, at = 0; i < count; i++)
        {
            int length = size + (i < more ? 1 : 0);
            object?[] fill = a[2] is not null && i >= more ? [a[2]] : [];
            parts.Add(new PyList([.. items[at..(at + length)], .. fill]));
            at += length;
        }

        return new PyIterator("generator", parts);
    }

    private static object? Sum(Rendering rendering, object?[] a)
    {
        var total = a[2];
        if (ValueKind.TextOf(total) is not null)
        {
            throw new JinjaException("sum() can't sum strings [use ''.join(seq) instead]");
        }

        foreach (var item in ValueKind.Items(a[0]))
        {
            rendering.Charge();
            var value = a[1] is null ? item : Members.Along(item, a[1], Builtin.Missing);
            total = Arithmetic.Apply(rendering, "+", total, value);
        }

        return total;
    }
}
