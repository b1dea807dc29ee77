using System.Globalization;
using System.Net;
using System.Text;
using System.Text.RegularExpressions;

namespace LoNas.Text.Jinja;

/// <summary>The filters of texts.</summary>
internal static partial class TextFilters
{
    private static readonly string[] BinaryUnits = ["KiB", "MiB", "GiB", "TiB", "PiB", "EiB", "ZiB", "YiB"];
    private static readonly string[] DecimalUnits = ["kB", "MB", "GB", "TB", "PB", "EB", "ZB", "YB"];

    public static IReadOnlyList<Builtin> All { get; } =
    [
        new("upper", "s", (r, a) => Like(a[0], TextCase.Upper(r, ValueText.Of(a[0])))),
        new("lower", "s", (r, a) => Like(a[0], TextCase.Lower(r, ValueText.Of(a[0])))),
        new("capitalize", "s", (r, a) => Like(a[0], TextCase.Capitalized(r, ValueText.Of(a[0])))),
        new("title", "s", (r, a) => Title(r, ValueText.Of(a[0]))),
        new("trim", "value chars=None", (_, a) => Like(a[0], TextTrim.Strip(
            ValueText.Of(a[0]), a[1] is null ? null : TextMethods.Text(a, 1), true, true))),
        new("replace", "s old new count=None", (r, a) => TextMethods.Replace(
            r, ValueText.Of(a[0]), ValueText.Of(a[1]), ValueText.Of(a[2]),
            a[3] is null ? -1 : ValueKind.Small(a[3], "the count"))),
        new("string", "object", (_, a) => a[0] is Markup ? a[0] : ValueText.Of(a[0])),
        new("format", "value *args **kwargs", (r, a) => PercentFormat.Apply(
            r, ValueText.Of(a[0]), Values((PyTuple)a[1]!, (PyDict)a[2]!))),
        new("indent", "s width=4 first=False blank=False", Indent),
        new("truncate", "s length=255 killwords=False end=... leeway=5", Truncate),
        new("center", "value width=80", (r, a) => TextTrim.Padded(r, ValueText.Of(a[0]), a[1], " ", '^')),
        new("wordcount", "s", (r, a) =>
        {
            var text = ValueText.Of(a[0]);
            r.Charge(16L * text.Length);
            return (long)Word().Count(text);
        }),
        new("striptags", "value", (r, a) => StripTags(r, ValueText.Of(a[0]))),
        new("filesizeformat", "value binary=False", FileSize),
    ];

    /// <summary>A text, marked where that which it is made of is.</summary>
    private static object Like(object? value, string text) => value is Markup ? new Markup(text) : text;

    private static object Values(PyTuple positional, PyDict named) => named.Count == 0 ? positional
        : positional.Items.Length == 0 ? named
        : throw new JinjaException("can't handle positional and keyword arguments at the same time");

    private static string Title(Rendering rendering, string text)
    {
        rendering.Charge(text.Length);
        var title = new StringBuilder(text.Length);
        bool isFirst = true;
        foreach (char c in text)
        {
            bool ends = "-({[<".Contains(c) || PythonText.IsSpace(c);
            title.Append(isFirst && !ends ? char.ToUpperInvariant(c) : char.ToLowerInvariant(c));
            isFirst = ends;
        }

        return title.ToString();
    }

    private static object? Indent(Rendering rendering, object?[] a)
    {
        var text = ValueText.Of(a[0]) + "\n";
        var indent = ValueKind.TextOf(a[1]) ?? TextTrim.Padded(rendering, "", a[1], " ", '<');
        var lines = TextSplit.Lines(rendering, text, keepsEnds: false).Items.Cast<string>().ToArray();
        rendering.ChargeText(text.Length + (lines.Length * (long)indent.Length));
        bool isBlank = ValueKind.IsTrue(a[3]);
        var result = string.Join('\n', lines.Select((line, i) =>
            i == 0 || (line.Length == 0 && !isBlank) ? line : indent + line));
        return Like(a[0], ValueKind.IsTrue(a[2]) ? indent + result : result);
    }

    private static object? Truncate(Rendering rendering, object?[] a)
    {
        var text = ValueText.Of(a[0]);
        rendering.Charge(text.Length);
        var end = a[3] == Builtin.Missing ? "..." : ValueText.Of(a[3]);
        int length = ValueKind.Small(a[1], "the length");
        int leeway = a[4] is null ? 5 : ValueKind.Small(a[4], "the leeway");
        int kept = length - CodePoints.Count(end);
        if (kept < 0 || leeway < 0)
        {
            throw new JinjaException(kept < 0
                ? $"expected length >= {CodePoints.Count(end)}, got {length}" : $"expected leeway >= 0, got {leeway}");
        }

        if (CodePoints.Count(text) <= (long)length + leeway)
        {
            return a[0] is Markup ? a[0] : text;
        }

        text = CodePoints.Part(text, 0, kept);
        int space = ValueKind.IsTrue(a[2]) ? -1 : text.LastIndexOf(' ');
        return Like(a[0], (space >= 0 ? text[..space] : text) + end);
    }

    private static string StripTags(Rendering rendering, string text)
    {
        rendering.Charge(text.Length);
        var plain = new StringBuilder();
        int at = 0;
        while (at < text.Length)
        {
            bool isComment = text.AsSpan(at).StartsWith("<!--");
            int end = text[at] != '<' ? -1
                : isComment ? text.IndexOf("-->", at + 4, StringComparison.Ordinal) : text.IndexOf('>', at);
            if (end >= 0)
            {
                at = end + (isComment ? 3 : 1);
                continue;
            }

            int next = text.IndexOf('<', at + 1);
            next = next < 0 || text[at] == '<' ? text.Length : next;
            plain.Append(text, at, next - at);
            at = next;
        }

        var words = TextSplit.Split(rendering, plain.ToString(), null, -1L).Items.Cast<string>();
        return WebUtility.HtmlDecode(string.Join(' ', words));
    }

    private static object? FileSize(Rendering rendering, object?[] a)
    {
        double size = NumberFilters.Real(a[0]);
        bool isBinary = ValueKind.IsTrue(a[1]);
        double unit = isBinary ? 1024 : 1000;
        if (size == 1)
        {
            return "1 Byte";
        }

        if (size < unit)
        {
            return string.Create(CultureInfo.InvariantCulture, $"{(long)size} Bytes");
        }

        var units = isBinary ? BinaryUnits : DecimalUnits;
        int power = 0;
        for (double most = unit * unit; power < units.Length - 1 && size >= most; most *= unit)
        {
            power++;
        }

        return $"{NumberFormat.Float(size / Math.Pow(unit, power + 1), 'f', 1, keepsZeros: true)} {units[power]}";
    }

    [GeneratedRegex(@"\w+")]
    private static partial Regex Word();
}
