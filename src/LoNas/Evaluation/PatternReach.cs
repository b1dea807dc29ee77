using System.Text.RegularExpressions;

namespace LoNas.Evaluation;

/// <summary>
/// Whether a pattern can find a text at all, in whatever response: the text must be a whole match of the pattern, or of
/// its first group. What stands around a match is unknown, so anchors count as met, and of patterns whose matches
/// depend on more (look-around, back-references, options) everything counts as possible.
/// </summary>
internal static partial class PatternReach
{
    /// <summary>False only where no response has such a match.</summary>
    public static bool IsPossible(Regex pattern, string text)
    {
        try
        {
            return Whole(pattern)?.IsMatch(text) ?? true;
        }
        catch (RegexMatchTimeoutException)
        {
            return true;
        }
    }

    private static Regex? Whole(Regex pattern)
    {
        var text = pattern.ToString();
        if (Unclear().IsMatch(text))
        {
            return null;
        }

        var inner = string.Concat(FirstGroup([.. Token().Matches(text).Select(match => match.Value)])
            .Where(token => token is not ("^" or "$" or @"\b" or @"\B" or @"\A" or @"\z" or @"\Z" or @"\G")));
        try
        {
            return new Regex($@"\A(?:{inner})\z", pattern.Options, pattern.MatchTimeout);
        }
        catch (ArgumentException)
        {
            return null; // an anchor was repeated
        }
    }

    /// <summary>What stands in the first group that captures; all of it where there is none.</summary>
    private static string[] FirstGroup(string[] tokens)
    {
        int start = Array.IndexOf(tokens, "(");
        if (start < 0)
        {
            return tokens;
        }

        int end = start + 1;
        for (int depth = 1; end < tokens.Length; end++)
        {
            depth += tokens[end] switch { "(" or "(?:" => 1, ")" => -1, _ => 0 };
            if (depth == 0)
            {
                break;
            }
        }

        return tokens[(start + 1)..end];
    }

    /// <summary>An escaped character, a class, the beginning of a group, or a character.</summary>
    [GeneratedRegex(@"\\.|\[\^?\]?(?:\\.|[^\]\\])*\]|\(\?:|.", RegexOptions.Singleline)]
    private static partial Regex Token();

    [GeneratedRegex(@"\(\?(?!:)|\\[1-9k]|-\[")]
    private static partial Regex Unclear();
}
