using System.Text;

namespace LoNas.Text.Jinja;

/// <summary>The filters of HTML and of addresses.</summary>
internal static class HtmlFilters
{
    public static IReadOnlyList<Builtin> All { get; } =
    [
        new("safe", "value", (_, a) => a[0] is Markup ? a[0] : new Markup(ValueText.Of(a[0]))),
        new("escape", "s", (r, a) => a[0] is Markup ? a[0] : Escaped(r, a[0])),
        new("forceescape", "value", (r, a) => Escaped(r, a[0])),
        new("urlencode", "value", (r, a) => Encode(r, a[0])),
        new("xmlattr", "d autospace=True", Attributes),
    ];

    private static Markup Escaped(Rendering rendering, object? value)
    {
        var text = Markup.Escape(ValueText.Of(value));
        rendering.ChargeText(text.Length);
        return new Markup(text);
    }

    private static string Encode(Rendering rendering, object? value)
    {
        if (value is not (PyDict or PySequence or PyIterator or DictView))
        {
            return Quoted(rendering, value).Replace("%2F", "/", StringComparison.Ordinal);
        }

        return string.Join('&', ValueKind.Items(value is PyDict dict ? new PyList(dict.Pairs) : value).Select(pair =>
            ValueKind.Items(pair) is [var key, var part]
                ? $"{Query(rendering, key)}={Query(rendering, part)}"
                : throw new JinjaException("'urlencode' takes a text, a mapping or pairs")));
    }

    private static string Query(Rendering rendering, object? value) =>
        Quoted(rendering, value).Replace("%20", "+", StringComparison.Ordinal);

    private static string Quoted(Rendering rendering, object? value)
    {
        var text = ValueText.Of(value);
        rendering.ChargeText((Ascii.IsValid(text) ? 3L : 9L) * text.Length);
        return Uri.EscapeDataString(text);
    }

    private static object? Attributes(Rendering rendering, object?[] a)
    {
        var dict = a[0] as PyDict ?? throw new JinjaException("'xmlattr' takes a mapping");
        var parts = new List<string>();
        foreach (var (key, value) in dict.Entries)
        {
            if (value is null or Undefined)
            {
                continue;
            }

            var name = ValueText.Of(key);
            parts.Add(name.Any(c => c is ' ' or '>' or '/' or '=' || char.IsWhiteSpace(c))
                ? throw new JinjaException($"Invalid character in attribute name: '{name}'")
                : $"{Markup.Escape(name)}=\"{Arithmetic.Escaped(value)}\"");
        }

        var text = string.Join(' ', parts);
        rendering.ChargeText(text.Length);
        return text.Length > 0 && ValueKind.IsTrue(a[1]) ? " " + text : text;
    }
}
