namespace LoNas.Text.Jinja;

/// <summary>The filters that take another filter or a test: <c>map</c>, <c>select</c> and the like.</summary>
internal static class ChoiceFilters
{
    public static IReadOnlyList<Builtin> All { get; } =
    [
        new("map", "value *args **kwargs", Map),
        new("select", "value *args **kwargs", (r, a) => Choose(r, a, hasAttribute: false, isKept: true)),
        new("reject", "value *args **kwargs", (r, a) => Choose(r, a, hasAttribute: false, isKept: false)),
        new("selectattr", "value *args **kwargs", (r, a) => Choose(r, a, hasAttribute: true, isKept: true)),
        new("rejectattr", "value *args **kwargs", (r, a) => Choose(r, a, hasAttribute: true, isKept: false)),
    ];

    private static object? Map(Rendering rendering, object?[] a)
    {
        var (given, named) = (((PyTuple)a[1]!).Items, (PyDict)a[2]!);
        var items = Items(rendering, a[0]);
        if (given.Length == 0 && named.TryGet("attribute", out var attribute))
        {
            object? otherwise = named.TryGet("default", out var value) ? value : Builtin.Missing;
            var unknown = named.Keys.FirstOrDefault(key => key is not ("attribute" or "default"));
            return unknown is null
                ? new PyIterator("generator", [.. items.Select(item => Members.Along(item, attribute, otherwise))])
                : throw new JinjaException($"Unexpected keyword argument '{unknown}'");
        }

        if (given.Length == 0)
        {
            throw new JinjaException("map requires a filter argument");
        }

        var filter = FilterTable.Require(given[0]);
        return new PyIterator(
            "generator", [.. items.Select(item => Apply(rendering, filter, item, given[1..], named))]);
    }

    private static object? Choose(Rendering rendering, object?[] a, bool hasAttribute, bool isKept)
    {
        var (given, named) = (((PyTuple)a[1]!).Items, (PyDict)a[2]!);
        var items = Items(rendering, a[0]);
        object? attribute = null;
        if (hasAttribute)
        {
            attribute = given.Length > 0 ? given[0] : throw new JinjaException("Missing parameter for attribute name");
            given = given[1..];
        }

        var test = given.Length > 0 ? TestTable.Require(given[0]) : null;
        var rest = given.Length > 0 ? given[1..] : [];
        return new PyIterator("generator", [.. items.Where(item =>
        {
            var value = hasAttribute ? Members.Along(item, attribute, Builtin.Missing) : item;
            return ValueKind.IsTrue(test is null ? value : Apply(rendering, test, value, rest, named)) == isKept;
        })]);
    }

    private static object?[] Items(Rendering rendering, object? value) =>
        ValueKind.IsTrue(value) ? SequenceFilters.Copied(rendering, value) : [];

    private static object? Apply(Rendering rendering, Builtin what, object? item, object?[] rest, PyDict named)
    {
        rendering.ChargeItems(rest.Length + (long)named.Count);
        return rendering.Nested(() => what.Call(rendering, new(
            [item, .. rest], [.. named.Entries.Select(entry => ((string)entry.Key!, entry.Value))])));
    }
}
