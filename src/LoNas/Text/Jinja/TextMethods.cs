using System.Globalization;
using System.Text;

namespace LoNas.Text.Jinja;

/// <summary>The methods of texts.</summary>
internal static class TextMethods
{
    private static readonly string[] Refused =
        ["encode", "format_map", "isidentifier", "maketrans", "translate"];

    private static readonly Dictionary<string, Builtin> Table = new Builtin[]
    {
        new("startswith", "self prefix start=None end=None", (r, a) => HasEnd(r, a, isStart: true)),
        new("endswith", "self suffix start=None end=None", (r, a) => HasEnd(r, a, isStart: false)),
        new("strip", "self chars=None", (_, a) => TextTrim.Strip(Text(a, 0), Chars(a), true, true)),
        new("lstrip", "self chars=None", (_, a) => TextTrim.Strip(Text(a, 0), Chars(a), true, false)),
        new("rstrip", "self chars=None", (_, a) => TextTrim.Strip(Text(a, 0), Chars(a), false, true)),
        new("split", "self sep=None maxsplit=-1", (r, a) => TextSplit.Split(r, Text(a, 0), a[1], a[2])),
        new("rsplit", "self sep=None maxsplit=-1", (r, a) => TextSplit.SplitFromEnd(r, Text(a, 0), a[1], a[2])),
        new("splitlines", "self keepends=False", (r, a) =>
            TextSplit.Lines(r, Text(a, 0), ValueKind.IsTrue(a[1]))),
        new("partition", "self sep", (_, a) => TextSplit.Partition(Text(a, 0), Text(a, 1), isLast: false)),
        new("rpartition", "self sep", (_, a) => TextSplit.Partition(Text(a, 0), Text(a, 1), isLast: true)),
        new("replace", "self old new count=-1", (r, a) =>
            Replace(r, Text(a, 0), Text(a, 1), Text(a, 2), ValueKind.Small(a[3], "the count"))),
        new("find", "self sub start=None end=None", (r, a) => Find(r, a, isLast: false)),
        new("rfind", "self sub start=None end=None", (r, a) => Find(r, a, isLast: true)),
        new("index", "self sub start=None end=None", (r, a) => Found(Find(r, a, isLast: false))),
        new("rindex", "self sub start=None end=None", (r, a) => Found(Find(r, a, isLast: true))),
        new("count", "self sub start=None end=None", Count),
        new("join", "self iterable", (r, a) => Join(r, Text(a, 0), a[1])),
        new("upper", "self", (r, a) => TextCase.Upper(r, Text(a, 0))),
        new("lower", "self", (r, a) => TextCase.Lower(r, Text(a, 0))),
        new("casefold", "self", (r, a) => TextCase.Lower(r, Text(a, 0)).Replace("\u00df", "ss")),
        new("title", "self", (r, a) => TextCase.Title(r, Text(a, 0))),
        new("capitalize", "self", (r, a) => TextCase.Capitalized(r, Text(a, 0))),
        new("swapcase", "self", (_, a) => string.Concat(Scanned(a).Select(
            c => char.IsUpper(c) ? char.ToLowerInvariant(c) : char.ToUpperInvariant(c)))),
        new("isdigit", "self", (_, a) => TextCase.All(Scanned(a), rune =>
            Rune.IsDigit(rune) || (rune.Value < 0x10000 && "²³¹".Contains((char)rune.Value)))),
        new("isdecimal", "self", (_, a) => TextCase.All(Scanned(a), Rune.IsDigit)),
        new("isnumeric", "self", (_, a) => TextCase.All(Scanned(a), Rune.IsNumber)),
        new("isalpha", "self", (_, a) => TextCase.All(Scanned(a), Rune.IsLetter)),
        new("isalnum", "self", (_, a) => TextCase.All(Scanned(a), r => Rune.IsLetter(r) || Rune.IsNumber(r))),
        new("isspace", "self", (_, a) => Text(a, 0).Length > 0 && Scanned(a).All(PythonText.IsSpace)),
        new("isascii", "self", (_, a) => Ascii.IsValid(Scanned(a))),
        new("isprintable", "self", (_, a) => Enumerable.Range(0, Scanned(a).Length).All(
            at => char.IsLowSurrogate(Text(a, 0)[at]) || CodePoints.IsPrintable(Text(a, 0), at))),
        new("isupper", "self", (_, a) => TextCase.IsUpper(Scanned(a))),
        new("islower", "self", (_, a) => TextCase.IsLower(Scanned(a))),
        new("istitle", "self", (r, a) => Scanned(a).Any(char.IsLetter) && TextCase.Title(r, Text(a, 0)) == Text(a, 0)),
        new("format", "self *args **kwargs", (r, a) => BraceFormat.Apply(r, Text(a, 0), a[1], (PyDict)a[2]!)),
        new("removeprefix", "self prefix", (_, a) =>
            IsEnd(Text(a, 0), Text(a, 1), isStart: true) ? Text(a, 0)[Text(a, 1).Length..] : a[0]),
        new("removesuffix", "self suffix", (_, a) => Text(a, 1).Length > 0
            && IsEnd(Text(a, 0), Text(a, 1), isStart: false) ? Text(a, 0)[..^Text(a, 1).Length] : a[0]),
        new("zfill", "self width", ZFill),
        new("ljust", "self width fillchar=␣", (r, a) => TextTrim.Padded(r, Text(a, 0), a[1], Text(a, 2), '<')),
        new("rjust", "self width fillchar=␣", (r, a) => TextTrim.Padded(r, Text(a, 0), a[1], Text(a, 2), '>')),
        new("center", "self width fillchar=␣", (r, a) => TextTrim.Padded(r, Text(a, 0), a[1], Text(a, 2), '^')),
        new("expandtabs", "self tabsize=8", ExpandTabs),
    }.ToDictionary(method => method.Name);

    /// <summary>A method of a text; <see cref="Builtin.Missing"/> where it has none of this name.</summary>
    /// <exception cref="JinjaException">Python has it, and it is not supported.</exception>
    public static object? Find(object owner, string name) =>
        Table.TryGetValue(name, out var method)
            ? owner is Markup markup ? new MarkupMethod(method, markup) : new BoundMethod(method, owner)
            : Refused.Contains(name) ? throw new JinjaException($"the text method '{name}' is not supported")
            : Builtin.Missing;

    /// <summary>An argument that is text.</summary>
    public static string Text(object?[] arguments, int place) => ValueKind.TextOf(arguments[place])
        ?? throw new JinjaException(arguments[place] is Undefined missing
            ? missing.Reason
            : $"must be str, not {ValueKind.Name(arguments[place])}");

    /// <summary>The text itself, where all of its characters are looked at one by one.</summary>
    private static string Scanned(object?[] a)
    {
        var text = Text(a, 0);
        WorkBudget.Spend(text.Length >> 3);
        return text;
    }

    public static string Replace(Rendering rendering, string text, string old, string by, int count)
    {
        rendering.Charge();
        WorkBudget.SpendSearch(text.Length, old.Length);
        if (count == 0)
        {
            return text;
        }

        int most = count < 0 ? int.MaxValue : count;
        if (old.Length == 0)
        {
            var parts = CodePoints.Split(text);
            rendering.ChargeText(text.Length + (parts.Length + 1L) * by.Length);
            var spread = new StringBuilder();
            for (int i = 0; i <= parts.Length; i++)
            {
                spread.Append(i < most ? by : "").Append(i < parts.Length ? (string)parts[i]! : "");
            }

            return spread.ToString();
        }

        long growth = by.Length > old.Length ? (by.Length - old.Length) * (long)(text.Length / old.Length) : 0;
        if (growth > 0)
        {
            rendering.ChargeText(text.Length + (by.Length - old.Length) * (long)text.AsSpan().Count(old));
        }

        if (most == int.MaxValue)
        {
            return text.Replace(old, by, StringComparison.Ordinal);
        }

        var result = new StringBuilder();
        int at = 0;
        for (int next; most-- > 0 && (next = text.IndexOf(old, at, StringComparison.Ordinal)) >= 0;)
        {
            result.Append(text, at, next - at).Append(by);
            at = next + old.Length;
        }

        return result.Append(text, at, text.Length - at).ToString();
    }

    private static string Join(Rendering rendering, string separator, object? items)
    {
        var parts = new List<string>();
        long length = 0;
        var given = ValueKind.Items(items);
        rendering.ChargeItems(given.Count);
        foreach (var item in given)
        {
            parts.Add(ValueKind.TextOf(item) ?? throw new JinjaException(
                $"sequence item {parts.Count}: expected str instance, {ValueKind.Name(item)} found"));
            length += parts[^1].Length + separator.Length;
        }

        rendering.ChargeText(length);
        return string.Join(separator, parts);
    }

    /// <summary>The part of a text that is searched, and where it begins; null: a start beyond its end.</summary>
    private static (string Part, int Start)? Searched(Rendering rendering, object?[] a)
    {
        var text = Text(a, 0);
        rendering.Charge(text.Length);
        if (a[2] is null && a[3] is null)
        {
            return (text, 0);
        }

        int count = CodePoints.Count(text);
        int start = a[2] is null ? 0 : ValueKind.Small(a[2], "the start");
        int end = a[3] is null ? count : ValueKind.Small(a[3], "the end");
        start = Math.Max(0, start < 0 ? start + count : start);
        end = Math.Clamp(end < 0 ? end + count : end, 0, count);
        return start > count || start > end ? null : (CodePoints.Part(text, start, end), start);
    }

    private static object? HasEnd(Rendering rendering, object?[] a, bool isStart)
    {
        object?[] wanted = a[1] is PyTuple tuple ? tuple.Items : [a[1]];
        var searched = Searched(rendering, a);
        return wanted.Any(end => ValueKind.TextOf(end) is not { } text
            ? throw new JinjaException(end is Undefined missing
                ? missing.Reason
                : $"{(isStart ? "starts" : "ends")}with first arg must be str or a tuple of str, not "
                    + ValueKind.Name(end))
            : searched is { } found && IsEnd(found.Part, text, isStart));
    }

    private static bool IsEnd(string text, string end, bool isStart)
    {
        WorkBudget.Spend(1 + (end.Length <= text.Length ? end.Length >> 4 : 0));
        return isStart
            ? text.StartsWith(end, StringComparison.Ordinal) : text.EndsWith(end, StringComparison.Ordinal);
    }

    private static object? Find(Rendering rendering, object?[] a, bool isLast)
    {
        var wanted = Text(a, 1);
        if (Searched(rendering, a) is not { } searched)
        {
            return -1L;
        }

        WorkBudget.SpendSearch(searched.Part.Length, wanted.Length);
        int at = isLast
            ? searched.Part.LastIndexOf(wanted, StringComparison.Ordinal)
            : searched.Part.IndexOf(wanted, StringComparison.Ordinal);
        return at < 0 ? -1L : (long)searched.Start + CodePoints.Place(searched.Part, at);
    }

    private static object? Found(object? place) =>
        place is not -1L ? place : throw new JinjaException("substring not found");

    private static object? Count(Rendering rendering, object?[] a)
    {
        var wanted = Text(a, 1);
        if (Searched(rendering, a) is not { } searched)
        {
            return 0L;
        }

        WorkBudget.SpendSearch(searched.Part.Length, wanted.Length);
        return wanted.Length == 0 ? CodePoints.Count(searched.Part) + 1L
            : (long)searched.Part.AsSpan().Count(wanted);
    }

    private static string? Chars(object?[] a) => a[1] is null ? null : Text(a, 1);

    private static object? ZFill(Rendering rendering, object?[] a)
    {
        var text = Text(a, 0);
        var sign = text is ['+' or '-', ..] ? text[..1] : "";
        long width = ValueKind.Whole(a[1], "the width") - sign.Length;
        return sign + TextTrim.Padded(rendering, text[sign.Length..], width, "0", '>');
    }

    private static object? ExpandTabs(Rendering rendering, object?[] a)
    {
        int size = Math.Clamp(ValueKind.Small(a[1], "the size"), 0, 1000);
        var text = new StringBuilder();
        int column = 0;
        foreach (char c in Scanned(a))
        {
            int spaces = c == '\t' && size > 0 ? size - (column % size) : 0;
            text.Append(' ', spaces).Append(c == '\t' ? "" : c.ToString(CultureInfo.InvariantCulture));
            column = c is '\n' or '\r' ? 0 : column + (c == '\t' ? spaces : 1);
            rendering.Charge(spaces);
        }

        return text.ToString();
    }
}

/// <summary>A method of marked text: what is put into it is escaped, and what it gives is marked.</summary>
internal sealed class MarkupMethod(Builtin method, Markup owner) : PyCallable
{
    private static readonly string[] Escaping = ["replace", "join", "format"];

    public override string Shown => $"<built-in method {method.Name} of Markup object>";

    public override object? Call(Rendering rendering, CallArguments arguments)
    {
        if (Escaping.Contains(method.Name))
        {
            arguments = new(
                [.. arguments.Positional.Select(value => Escaped(value, 0))],
                [.. arguments.Named.Select(entry => (entry.Name, Escaped(entry.Value, 0)))]);
        }

        return Marked(
            method.Call(rendering, arguments with { Positional = [owner.Text, .. arguments.Positional] }), 0);
    }

    private static object? Escaped(object? value, int level)
    {
        WorkBudget.EnterToCopy(level);
        return value switch
        {
            string text => Markup.Escape(text),
            PySequence or PyIterator => new PyList(
                [.. ValueKind.Items(value).Select(item => Escaped(item, level + 1))]),
            _ => value,
        };
    }

    private static object? Marked(object? value, int level)
    {
        WorkBudget.EnterToCopy(level);
        return value switch
        {
            string text => new Markup(text),
            PyList list => new PyList([.. list.Items.Select(item => Marked(item, level + 1))]),
            PyTuple tuple => new PyTuple([.. tuple.Items.Select(item => Marked(item, level + 1))]),
            _ => value,
        };
    }
}
