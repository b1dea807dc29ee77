using System.Text;
using System.Text.RegularExpressions;

namespace LoNas.Evaluation;

/// <summary>
/// Whether a pattern can find a text at all, in whatever response: the text must be a whole match of the pattern, or of
/// its first group. What stands around a match is unknown, so anchors count as met, and of patterns whose matches
/// depend on more (look-around, back-references, options) everything counts as possible.
/// </summary>
/// <remarks>
/// It matches in time that grows with the text alone, since a pattern with nested repetitions would take its ten
/// seconds on each of a set's answers.
/// </remarks>
internal sealed partial class PatternReach(Regex pattern)
{
    private readonly Lazy<Regex?> _whole = new(() => Whole(pattern));

    /// <summary>False only where no response has such a match.</summary>
    /// <exception cref="RegexMatchTimeoutException">It takes more than a second.</exception>
    public bool IsPossible(string text) => _whole.Value?.IsMatch(text) ?? true;

    /// <summary>False only where no response has a match that is a number close enough to this one.</summary>
    /// <exception cref="RegexMatchTimeoutException">It takes more than a second.</exception>
    public bool IsPossible(double number, double tolerance)
    {
        var text = pattern.ToString();
        if (_whole.Value is not { } whole || !Ascii.IsValid(text) || OtherScript().IsMatch(text)
            || NumberSpellings.Of(number, tolerance) is not { } spellings)
        {
            return true;
        }

        string[] spaces = Space().IsMatch(text) ? ["", " "] : [""];
        return spellings.Any(spelling => spaces.Any(left => spaces.Any(right =>
            whole.IsMatch(left + spelling + right))));
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
            return new Regex(
                $@"\A(?:{inner})\z", pattern.Options | RegexOptions.NonBacktracking, TimeSpan.FromSeconds(1));
        }
        catch (Exception error) when (error is ArgumentException or NotSupportedException)
        {
            return null; // an anchor was repeated, or the automaton is too large
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

    /// <summary>What may ask for digits of another script, in which no number is spelled to try a pattern.</summary>
    [GeneratedRegex(@"\\[upP]")]
    private static partial Regex OtherScript();

    /// <summary>What may match white space, which a number may have around it.</summary>
    [GeneratedRegex(@"\\[sSWDpPxu]|\[\^|[ \t.]")]
    private static partial Regex Space();
}
