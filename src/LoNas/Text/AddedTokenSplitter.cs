using System.Globalization;
using System.Text;
using System.Text.RegularExpressions;

namespace LoNas.Text;

/// <summary>A token found in the text as it is written, before the model splits what is left.</summary>
/// <param name="Id">Its id.</param>
/// <param name="Content">Its text.</param>
/// <param name="IsSpecial">Whether decoding may leave it out.</param>
/// <param name="IsSingleWord">Whether it counts only where no letter, digit or underscore touches it.</param>
/// <param name="StripsLeft">Whether it takes the white space before it.</param>
/// <param name="StripsRight">Whether it takes the white space after it.</param>
/// <param name="IsNormalized">Whether it is looked for in the normalised text.</param>
internal sealed record AddedToken(
    int Id,
    string Content,
    bool IsSpecial = true,
    bool IsSingleWord = false,
    bool StripsLeft = false,
    bool StripsRight = false,
    bool IsNormalized = false);

/// <summary>Cuts added tokens out of a text: of several the leftmost, and of those the longest.</summary>
internal sealed class AddedTokenSplitter
{
    private const int ZeroWidthNonJoiner = 0x200C;
    private const int ZeroWidthJoiner = 0x200D;

    private readonly Dictionary<string, AddedToken> _tokens = [];
    private readonly Regex? _names;

    /// <param name="tokens">What to look for; empty contents never match.</param>
    public AddedTokenSplitter(IEnumerable<AddedToken> tokens)
    {
        foreach (var token in tokens.Where(token => token.Content.Length > 0))
        {
            _tokens.TryAdd(token.Content, token);
        }

        if (_tokens.Count > 0)
        {
            var names = _tokens.Keys.OrderByDescending(name => name.Length).Select(Regex.Escape);
            _names = new Regex(string.Join('|', names), RegexOptions.CultureInvariant);
        }
    }

    /// <summary>The parts in order, none empty: text with no token, or a token.</summary>
    public IEnumerable<(string Text, AddedToken? Token)> Split(string text)
    {
        int done = 0;
        for (var match = _names?.Match(text); match is { Success: true }; match = match.NextMatch())
        {
            var token = _tokens[match.Value];
            int start = match.Index;
            int end = start + match.Length;
            if (token.IsSingleWord && (EndsWithWord(text.AsSpan(0, start)) || StartsWithWord(text.AsSpan(end))))
            {
                continue;
            }

            while (token.StripsLeft && start > done && char.IsWhiteSpace(text[start - 1]))
            {
                start--;
            }

            while (token.StripsRight && end < text.Length && char.IsWhiteSpace(text[end]))
            {
                end++;
            }

            if (start > done)
            {
                yield return (text[done..start], null);
            }

            yield return (text[Math.Max(start, done)..Math.Max(end, done)], token);
            done = Math.Max(end, done);
        }

        if (done < text.Length)
        {
            yield return (text[done..], null);
        }
    }

    private static bool EndsWithWord(ReadOnlySpan<char> text)
    {
        Rune.DecodeLastFromUtf16(text, out var last, out int length);
        return length > 0 && IsWord(last);
    }

    private static bool StartsWithWord(ReadOnlySpan<char> text)
    {
        Rune.DecodeFromUtf16(text, out var first, out int length);
        return length > 0 && IsWord(first);
    }

    private static bool IsWord(Rune rune) =>
        Rune.IsLetter(rune) || Rune.GetUnicodeCategory(rune) is UnicodeCategory.DecimalDigitNumber
            or UnicodeCategory.LetterNumber or UnicodeCategory.ConnectorPunctuation or UnicodeCategory.NonSpacingMark
            or UnicodeCategory.SpacingCombiningMark or UnicodeCategory.EnclosingMark
        || rune.Value is ZeroWidthNonJoiner or ZeroWidthJoiner;
}
