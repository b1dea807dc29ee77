using System.Globalization;
using System.Text;

namespace LoNas.Text.Jinja;

/// <summary>
/// Texts as Python counts them, by code points. Few have one beyond the basic plane; for all others a character is a
/// code point.
/// </summary>
internal static class CodePoints
{
    private static readonly string[] Ascii = [.. Enumerable.Range(0, 128).Select(code => $"{(char)code}")];

    public static bool IsPlain(string text)
    {
        WorkBudget.Spend(text.Length >> 6); // many characters at a time
        return !text.AsSpan().ContainsAnyInRange('\uD800', '\uDFFF');
    }

    public static int Count(string text)
    {
        int count = text.Length;
        if (!IsPlain(text))
        {
            WorkBudget.SpendCharacters(text.Length);
            for (int i = 0; i + 1 < text.Length; i++)
            {
                if (char.IsSurrogatePair(text[i], text[i + 1]))
                {
                    count--;
                    i++;
                }
            }
        }

        return count;
    }

    /// <summary>Each code point as a text.</summary>
    public static object?[] Split(string text)
    {
        int count = Count(text);
        WorkBudget.SpendItems(count);
        var parts = new object?[count];
        for (int i = 0, at = 0; at < text.Length; i++)
        {
            int length = LengthAt(text, at);
            parts[i] = length == 1 && text[at] < 128 ? Ascii[text[at]] : text.Substring(at, length);
            at += length;
        }

        return parts;
    }

    /// <summary>The part from one code point to another.</summary>
    public static string Part(string text, int start, int end) => IsPlain(text)
        ? text[start..end]
        : text[Utf16(text, start)..Utf16(text, end)];

    /// <summary>Where a code point begins in UTF-16.</summary>
    public static int Utf16(string text, int place)
    {
        if (IsPlain(text))
        {
            return place;
        }

        WorkBudget.SpendCharacters(Math.Min(2L * place, text.Length));
        int at = 0;
        for (int i = 0; i < place && at < text.Length; i++)
        {
            at += LengthAt(text, at);
        }

        return at;
    }

    /// <summary>The code point that a place in UTF-16 is.</summary>
    public static int Place(string text, int utf16) =>
        utf16 < 0 || IsPlain(text) ? utf16 : Count(text[..utf16]);

    /// <summary>Order by code points, which differs from that of UTF-16 beyond the basic plane.</summary>
    public static int Compare(string left, string right)
    {
        int most = Math.Min(left.Length, right.Length);
        int at = left.AsSpan(0, most).CommonPrefixLength(right.AsSpan(0, most));
        return at == most ? left.Length.CompareTo(right.Length)
            : char.IsSurrogate(left[at]) != char.IsSurrogate(right[at]) ? char.IsSurrogate(left[at]) ? 1 : -1
            : left[at].CompareTo(right[at]);
    }

    /// <summary>Whether Python shows a code point as it is, in a text between quotes.</summary>
    public static bool IsPrintable(string text, int at) => text[at] == ' '
        || CharUnicodeInfo.GetUnicodeCategory(text, at) is not (UnicodeCategory.Control or UnicodeCategory.Format
            or UnicodeCategory.Surrogate or UnicodeCategory.PrivateUse or UnicodeCategory.OtherNotAssigned
            or UnicodeCategory.LineSeparator or UnicodeCategory.ParagraphSeparator or UnicodeCategory.SpaceSeparator);

    public static int LengthAt(string text, int at) =>
        at + 1 < text.Length && char.IsSurrogatePair(text[at], text[at + 1]) ? 2 : 1;

    public static Rune? RuneAt(string text, int at) => Rune.TryGetRuneAt(text, at, out var rune) ? rune : null;
}
