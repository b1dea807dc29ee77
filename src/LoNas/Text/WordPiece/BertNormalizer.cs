using System.Globalization;
using System.Text;

namespace LoNas.Text.WordPiece;

/// <summary>
/// BERT's normalizer: drops control characters, puts spaces around Chinese characters, strips accents, lowercases.
/// </summary>
/// <param name="cleansText">Whether control characters are dropped and all white space becomes spaces.</param>
/// <param name="separatesChinese">Whether each CJK ideograph becomes a word of its own.</param>
/// <param name="stripsAccents">Whether non-spacing marks are removed, also those of composed characters.</param>
/// <param name="lowersCase">Whether letters are lowercased.</param>
internal sealed class BertNormalizer(bool cleansText, bool separatesChinese, bool stripsAccents, bool lowersCase)
{
    private static readonly (int First, int Last)[] Ideographs =
    [
        (0x4E00, 0x9FFF), (0x3400, 0x4DBF), (0x20000, 0x2A6DF), (0x2A700, 0x2B73F), (0x2B740, 0x2B81F),
        (0x2B920, 0x2CEAF), (0xF900, 0xFAFF), (0x2F800, 0x2FA1F),
    ];

    /// <summary>Normalises a text; the result is then split into words.</summary>
    public string Normalize(string text)
    {
        var clean = new StringBuilder();
        foreach (var rune in text.EnumerateRunes())
        {
            if (cleansText && IsDropped(rune))
            {
                continue;
            }

            var kept = cleansText && Rune.IsWhiteSpace(rune) ? " " : rune.ToString();
            clean.Append(separatesChinese && IsIdeograph(rune) ? $" {kept} " : kept);
        }

        var result = clean.ToString();
        result = stripsAccents ? StripAccents(UnicodeNormalizer.Normalize(result, NormalizationForm.FormD)) : result;
        return lowersCase ? Lower(result) : result;
    }

    /// <summary>The text without its non-spacing marks.</summary>
    public static string StripAccents(string text) => Map(
        text, rune => Rune.GetUnicodeCategory(rune) == UnicodeCategory.NonSpacingMark ? "" : rune.ToString());

    /// <summary>The text in lower case, independent of the culture.</summary>
    public static string Lower(string text) => Map(
        // The only letter whose lower case is two characters.
        text, rune => rune.Value == 'İ' ? "i\u0307" : Rune.ToLowerInvariant(rune).ToString());

    private static string Map(string text, Func<Rune, string> map)
    {
        var result = new StringBuilder(text.Length);
        foreach (var rune in text.EnumerateRunes())
        {
            result.Append(map(rune));
        }

        return result.ToString();
    }

    private static bool IsDropped(Rune rune) => rune.Value is 0 or 0xFFFD
        || (rune.Value is not ('\t' or '\n' or '\r') && Rune.GetUnicodeCategory(rune)
            is UnicodeCategory.Control or UnicodeCategory.Format or UnicodeCategory.PrivateUse);

    private static bool IsIdeograph(Rune rune) =>
        Ideographs.Any(range => rune.Value >= range.First && rune.Value <= range.Last);
}
