using System.Text;
using System.Text.RegularExpressions;

namespace LoNas.Text.TokenizerJson;

/// <summary>
/// Splits text at the matches of a pattern. .NET's regular expressions see a character above U+FFFF as two surrogates,
/// which are neither letters nor digits nor symbols. Each such character is therefore replaced, for matching, by a
/// character of the same category below U+FFFF.
/// </summary>
internal sealed class SplitPattern(TokenizerNode node, Regex pattern)
{
    // One character for each UnicodeCategory, in the enum's order. None of them is named in a tokenizer's pattern.
    private const string StandIns =
        "Ààǅʰא\u0300\u0903\u0488٠Ⅰ²\u2003\u2028\u2029\u0001\u200e\ufffd\ue000‿‐༺༻«»§±¢¨©\u0378";

    /// <summary>The parts in order, and whether each matches the pattern. No part is empty.</summary>
    /// <exception cref="InvalidDataException">The pattern takes too long.</exception>
    public List<(string Text, bool IsMatch)> Split(string text)
    {
        var (shown, starts) = Show(text);
        var parts = new List<(string, bool)>();
        int done = 0;
        void Add(int end, bool isMatch)
        {
            if (end > done)
            {
                parts.Add((starts is null ? text[done..end] : text[starts[done]..starts[end]], isMatch));
                done = end;
            }
        }

        try
        {
            foreach (var match in pattern.EnumerateMatches(shown))
            {
                Add(match.Index, false);
                Add(match.Index + match.Length, true);
            }
        }
        catch (RegexMatchTimeoutException)
        {
            throw node.Unsupported("a pattern that is matched in reasonable time");
        }

        Add(shown.Length, false);
        return parts;
    }

    private static (string Shown, List<int>? Starts) Show(string text)
    {
        if (!text.Any(char.IsSurrogate))
        {
            return (text, null);
        }

        var shown = new StringBuilder();
        var starts = new List<int>();
        int start = 0;
        foreach (var rune in text.EnumerateRunes())
        {
            starts.Add(start);
            start += rune.Utf16SequenceLength;
            shown.Append(rune.IsBmp ? (char)rune.Value : StandIns[(int)Rune.GetUnicodeCategory(rune)]);
        }

        starts.Add(start);
        return (shown.ToString(), starts);
    }
}
