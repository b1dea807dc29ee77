namespace LoNas.Text.Jinja;

/// <summary>White space around texts, taken and given.</summary>
internal static class TextTrim
{
    /// <summary>A text without some characters around it; null: without white space.</summary>
    public static string Strip(string text, string? characters, bool atStart, bool atEnd)
    {
        int start = 0;
        int end = text.Length;
        if (characters is null || (CodePoints.IsPlain(text) && CodePoints.IsPlain(characters)))
        {
            while (atStart && start < end && IsOne(text[start], characters))
            {
                start++;
            }

            while (atEnd && end > start && IsOne(text[end - 1], characters))
            {
                end--;
            }

            WorkBudget.SpendCharacters(text.Length - (end - start));
            return text[start..end];
        }

        var known = CodePoints.Split(characters).ToHashSet();
        WorkBudget.Spend(text.Length >> 2);
        while (atStart && start < end && known.Contains(text.Substring(start, CodePoints.LengthAt(text, start))))
        {
            start += CodePoints.LengthAt(text, start);
        }

        while (atEnd && end > start && LastOf(text, start, end) is var last && known.Contains(last))
        {
            end -= last.Length;
        }

        return text[start..end];
    }

    /// <summary>A text of a least width.</summary>
    /// <param name="rendering">What it is counted against.</param>
    /// <param name="text">The text.</param>
    /// <param name="width">The width, in code points.</param>
    /// <param name="fill">What fills it.</param>
    /// <param name="align">Where the text is: '&lt;', '&gt;' or '^'.</param>
    public static string Padded(Rendering rendering, string text, object? width, string fill, char align)
    {
        if (CodePoints.Count(fill) != 1)
        {
            throw new JinjaException("The fill character must be exactly one character long");
        }

        long wide = ValueKind.Whole(width, "the width");
        long missing = Math.Max(0, wide - CodePoints.Count(text));
        rendering.ChargeText(Math.Min(missing, int.MaxValue) * fill.Length + text.Length);
        // Python puts the odd one in front where the width is odd.
        long left = align == '<' ? 0 : align == '>' ? missing : (missing / 2) + (missing & wide & 1);
        return Filled(fill, left) + text + Filled(fill, missing - left);
    }

    private static string Filled(string fill, long count) => fill.Length == 1
        ? new string(fill[0], (int)count)
        : string.Concat(Enumerable.Repeat(fill, (int)count));

    private static bool IsOne(char value, string? characters)
    {
        if (characters is null)
        {
            return PythonText.IsSpace(value);
        }

        WorkBudget.SpendCharacters(characters.Length);
        return characters.Contains(value);
    }

    private static string LastOf(string text, int start, int end) =>
        text[(end - (end - 2 >= start && char.IsSurrogatePair(text[end - 2], text[end - 1]) ? 2 : 1))..end];
}
