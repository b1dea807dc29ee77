using System.Globalization;
using System.Text;
using System.Text.RegularExpressions;

namespace LoNas.Text;

/// <summary>A token that is matched literally in the text before the model splits the rest.</summary>
/// <param name="Id">Its id.</param>
/// <param name="Content">Its text.</param>
/// <param name="IsSpecial">Whether decoding may skip it.</param>
/// <param name="IsSingleWord">
/// Whether it matches only as a whole word, with no letter, digit or underscore next to it.
/// </param>
/// <param name="StripsLeft">Whether the match includes the white space before it.</param>
/// <param name="StripsRight">Whether the match includes the white space after it.</param>
/// <param name="IsNormalized">Whether it is matched in the normalised text instead of the original.</param>
internal sealed record AddedToken(
    int Id,
    string Content,
    bool IsSpecial = true,
    bool IsSingleWord = false,
    bool StripsLeft = false,
    bool StripsRight = false,
    bool IsNormalized = false);

/// <summary>
/// Splits a text at its added tokens. The leftmost match wins; among matches at the same place, the longest.
/// </summary>
internal sealed class AddedTokenSplitter
{
    private const int ZeroWidthNonJoiner = 0x200C;
    private const int ZeroWidthJoiner = 0x200D;

    private readonly Dictionary<string, AddedToken> _tokens = [];
    private readonly Regex? _names;

    /// <param name="tokens">The tokens to look for; a token with empty content never matches.</param>
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

    /// <summary>
    /// The parts of the text in order: plain text (<c>Token</c> is null) or a token. No part is empty.
    /// </summary>
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
