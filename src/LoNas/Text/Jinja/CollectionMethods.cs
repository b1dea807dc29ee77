namespace LoNas.Text.Jinja;

/// <summary>The methods of dictionaries, lists, tuples and ranges that change nothing.</summary>
internal static class CollectionMethods
{
    public static IReadOnlyDictionary<string, Builtin> OfDict { get; } = Table(
        new("items", "self", (r, a) => View(r, "dict_items", Dict(a).Pairs)),
        new("keys", "self", (r, a) => View(r, "dict_keys", Dict(a).Keys)),
        new("values", "self", (r, a) => View(r, "dict_values", Dict(a).Values)),
        new("get", "self key default=None", (_, a) => Dict(a).TryGet(a[1], out var value) ? value : a[2]),
        new("copy", "self", (r, a) => Copied(r, Dict(a))),
        new("fromkeys", "self *args", (_, _) => throw new JinjaException("'fromkeys' is not supported")));

    public static IReadOnlyDictionary<string, Builtin> OfSequence { get; } = Table(
        new("index", "self value start=0 stop=None", Index),
        new("count", "self value", (r, a) =>
        {
            var items = ValueKind.Items(a[0]);
            r.Charge(items.Count);
            return (long)items.Count(item => ValueOrder.AreEqual(item, a[1]));
        }),
        new("copy", "self", (_, a) => a[0]));

    private static PyDict Dict(object?[] arguments) => (PyDict)arguments[0]!;

    private static DictView View(Rendering rendering, string name, object?[] items)
    {
        rendering.ChargeItems(items.Length);
        return new(name, items);
    }

    private static PyDict Copied(Rendering rendering, PyDict dict)
    {
        rendering.ChargeItems(dict.Count);
        return PyDict.Of(dict.Entries);
    }

    private static object? Index(Rendering rendering, object?[] a)
    {
        var items = ValueKind.Items(a[0]);
        rendering.Charge(items.Count);
        int start = ValueKind.Small(a[2], "the start");
        int stop = a[3] is null ? items.Count : ValueKind.Small(a[3], "the stop");
        start = Math.Max(0, start < 0 ? start + items.Count : start);
        stop = Math.Min(items.Count, stop < 0 ? stop + items.Count : stop);
        for (int i = start; i < stop; i++)
        {
            if (ValueOrder.AreEqual(items[i], a[1]))
            {
                return (long)i;
            }
        }

        throw new JinjaException($"{ValueText.Repr(a[1])} is not in the {ValueKind.Name(a[0])}");
    }

    private static Dictionary<string, Builtin> Table(params Builtin[] methods) =>
        methods.ToDictionary(method => method.Name);
}
