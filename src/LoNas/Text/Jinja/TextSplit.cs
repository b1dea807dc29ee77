namespace LoNas.Text.Jinja;

/// <summary>Texts cut into parts, as Python cuts them.</summary>
internal static class TextSplit
{
    public static PyList Split(Rendering rendering, string text, object? separator, object? most)
    {
        int count = Most(most);
        rendering.Charge(text.Length);
        var parts = separator is null
            ? AtSpaces(text, count)
            : AtText(text, Separator(separator), count);
        rendering.ChargeItems(parts.Count);
        return new PyList([.. parts]);
    }

    public static PyList SplitFromEnd(Rendering rendering, string text, object? separator, object? most)
    {
        int count = Most(most);
        if (count == int.MaxValue)
        {
            return Split(rendering, text, separator, -1L);
        }

        rendering.Charge(text.Length);
        var parts = new List<object?>();
        int end = separator is null ? TrimmedEnd(text, text.Length) : text.Length;
        while (count-- > 0)
        {
            int at = separator is null
                ? text.AsSpan(0, end).LastIndexOfSpace()
                : end == 0 ? -1 : text.AsSpan(0, end).LastIndexOf(Separator(separator));
            if (at < 0)
            {
                break;
            }

            WorkBudget.Spend(1);
            int length = separator is null ? 1 : Separator(separator).Length;
            parts.Add(text[(at + length)..end]);
            end = separator is null ? TrimmedEnd(text, at) : at;
        }

        if (separator is not null || end > 0)
        {
            parts.Add(text[..end]);
        }

        parts.Reverse();

        rendering.ChargeItems(parts.Count);
        return new PyList([.. parts]);
    }

    public static PyList Lines(Rendering rendering, string text, bool keepsEnds)
    {
        rendering.Charge(text.Length);
        var lines = new List<object?>();
        for (int start = 0; start < text.Length;)
        {
            int end = text.AsSpan(start).IndexOfAny("\n\r\v\f\u001c\u001d\u001e\u0085\u2028\u2029");
            if (end < 0)
            {
                lines.Add(text[start..]);
                break;
            }

            WorkBudget.Spend(1);
            end += start;
            int next = end + (text[end] == '\r' && end + 1 < text.Length && text[end + 1] == '\n' ? 2 : 1);
            lines.Add(text[start..(keepsEnds ? next : end)]);
            start = next;
        }

        rendering.ChargeItems(lines.Count);
        return new PyList([.. lines]);
    }

    public static PyTuple Partition(string text, string separator, bool isLast)
    {
        WorkBudget.SpendSearch(text.Length, separator.Length);
        WorkBudget.SpendText(text.Length);
        int at = separator.Length == 0 ? throw new JinjaException("empty separator")
            : isLast ? text.LastIndexOf(separator, StringComparison.Ordinal)
            : text.IndexOf(separator, StringComparison.Ordinal);
        return at >= 0 ? new([text[..at], separator, text[(at + separator.Length)..]])
            : isLast ? new(["", "", text]) : new([text, "", ""]);
    }

    private static int Most(object? most) =>
        ValueKind.Small(most, "the most splits") is var count && count < 0 ? int.MaxValue : count;

    private static string Separator(object separator) => ValueKind.TextOf(separator) is not { } text
        ? throw new JinjaException(separator is Undefined missing
            ? missing.Reason
            : $"must be str or None, not {ValueKind.Name(separator)}")
        : text.Length > 0 ? text : throw new JinjaException("empty separator");

    private static List<object?> AtText(string text, string separator, int most)
    {
        WorkBudget.SpendSearch(text.Length, separator.Length);
        var parts = new List<object?>();
        int start = 0;
        for (int at; most-- > 0 && (at = text.IndexOf(separator, start, StringComparison.Ordinal)) >= 0;)
        {
            WorkBudget.Spend(1);
            parts.Add(text[start..at]);
            start = at + separator.Length;
        }

        parts.Add(text[start..]);
        return parts;
    }

    private static List<object?> AtSpaces(string text, int most)
    {
        var parts = new List<object?>();
        for (int at = 0; ;)
        {
            while (at < text.Length && PythonText.IsSpace(text[at]))
            {
                at++;
            }

            if (at == text.Length)
            {
                return parts;
            }

            int start = at;
            at = most-- > 0 ? EndOfWord(text, at) : text.Length;
            WorkBudget.Spend(1);
            parts.Add(text[start..at]);
        }
    }

    private static int EndOfWord(string text, int at)
    {
        while (at < text.Length && !PythonText.IsSpace(text[at]))
        {
            at++;
        }

        return at;
    }

    private static int TrimmedEnd(string text, int end)
    {
        while (end > 0 && PythonText.IsSpace(text[end - 1]))
        {
            end--;
        }

        return end;
    }

    private static int LastIndexOfSpace(this ReadOnlySpan<char> text)
    {
        int at = text.Length - 1;
        while (at >= 0 && !PythonText.IsSpace(text[at]))
        {
            at--;
        }

        return at;
    }
}
