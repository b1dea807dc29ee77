namespace LoNas.Text.Jinja;

/// <summary>Python's slices.</summary>
internal static class Slices
{
    /// <summary>A part of a text, list, tuple or range.</summary>
    /// <exception cref="JinjaException">The value has no parts, or a bound is no whole number.</exception>
    public static object Of(Rendering rendering, object? value, object? start, object? stop, object? step)
    {
        int by = step is null ? 1 : Bound(step);
        if (by == 0)
        {
            throw new JinjaException("slice step cannot be zero");
        }

        switch (value)
        {
            case string or Markup:
                var text = OfText(rendering, ValueKind.TextOf(value)!, start, stop, by);
                return value is Markup ? new Markup(text) : text;
            case PyList list:
                return new PyList(OfItems(rendering, list.Items, start, stop, by));
            case PyTuple tuple:
                return new PyTuple(OfItems(rendering, tuple.Items, start, stop, by));
            case PyRange range:
                var (from, to) = Bounds(range.Count, start, stop, by);
                return new PyRange(
                    range.Start + (from * range.Step), range.Start + (to * range.Step), range.Step * by);
            default:
                throw new JinjaException(value is Undefined missing
                    ? missing.Reason
                    : value is PyDict ? "unhashable type: 'slice'"
                    : $"'{ValueKind.Name(value)}' object is not subscriptable");
        }
    }

    private static string OfText(Rendering rendering, string text, object? start, object? stop, int step)
    {
        rendering.Charge(text.Length);
        var (from, to) = Bounds(CodePoints.Count(text), start, stop, step);
        if (step == 1)
        {
            return from < to ? CodePoints.Part(text, from, to) : "";
        }

        return string.Concat(OfItems(rendering, CodePoints.Split(text), start, stop, step));
    }

    private static object?[] OfItems(Rendering rendering, object?[] items, object? start, object? stop, int step)
    {
        var (from, to) = Bounds(items.Length, start, stop, step);
        int count = Math.Max(0, (int)((to - from + (long)step - Math.Sign(step)) / step));
        rendering.ChargeItems(count);
        if (step == 1)
        {
            return from < to ? items[from..to] : [];
        }

        var part = new object?[count];
        for (int i = 0; i < count; i++)
        {
            part[i] = items[from + (i * step)];
        }

        return part;
    }

    private static (int From, int To) Bounds(int count, object? start, object? stop, int step)
    {
        var (least, most) = step > 0 ? (0, count) : (-1, count - 1);
        int At(object? bound, int otherwise)
        {
            if (bound is null)
            {
                return otherwise;
            }

            int place = Bound(bound);
            return Math.Clamp(place < 0 ? place + count : place, least, most);
        }

        return (At(start, step > 0 ? 0 : count - 1), At(stop, step > 0 ? count : -1));
    }

    private static int Bound(object? value) => value is long or bool
        ? ValueKind.Small(value, "")
        : throw new JinjaException(value is Undefined missing
            ? missing.Reason
            : "slice indices must be integers or None or have an __index__ method");
}
