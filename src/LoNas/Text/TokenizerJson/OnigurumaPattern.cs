using System.Text;
using System.Text.RegularExpressions;

namespace LoNas.Text.TokenizerJson;

/// <summary>
/// Translates a regular expression of tokenizer.json into .NET's syntax. The files are written for Oniguruma, whose
/// character classes nest: BLOOM's <c>[^(\s|[.,!?…。，、।۔،])]</c> is one class, but .NET would end it at the first
/// closing bracket.
/// </summary>
internal static class OnigurumaPattern
{
    private const string WordClass = @"\p{L}\p{M}\p{Nd}\p{Nl}\p{Pc}";

    // A pattern in a damaged file could take exponential time.
    private static readonly TimeSpan TimeLimit = TimeSpan.FromMilliseconds(500);

    /// <exception cref="InvalidDataException">The pattern is invalid or uses a feature that .NET lacks.</exception>
    public static Regex Compile(TokenizerNode node)
    {
        var pattern = node.AsText();
        try
        {
            if (!pattern.Any(char.IsSurrogate))
            {
                // Oniguruma's ^ and $ match at every line.
                return new Regex(Translate(pattern), RegexOptions.CultureInvariant | RegexOptions.Multiline, TimeLimit);
            }
        }
        catch (ArgumentException)
        {
            // Reported below.
        }

        throw node.Unsupported(
            "a regular expression without possessive quantifiers, intersections, nested negated classes, script names "
            + "and characters above U+FFFF");
    }

    /// <exception cref="ArgumentException">The pattern can't be translated.</exception>
    internal static string Translate(string pattern)
    {
        var output = new StringBuilder();
        int depth = 0;
        for (int i = 0; i < pattern.Length; i++)
        {
            char symbol = pattern[i];
            if (symbol == '\\')
            {
                i++;
                AppendEscape(output, i < pattern.Length ? pattern[i] : throw Bad(pattern), depth > 0);
            }
            else if (symbol == '[')
            {
                // A class within a class only adds to it, so its brackets can be dropped. That does not hold for a
                // negated one.
                bool isNegated = i + 1 < pattern.Length && pattern[i + 1] is '^' or ':';
                output.Append(depth == 0 ? "[" : isNegated ? throw Bad(pattern) : "");
                depth++;
            }
            else if (symbol == ']' && depth > 0)
            {
                depth--;
                output.Append(depth == 0 ? "]" : "");
            }
            else if (depth > 0 && symbol == '&' && i + 1 < pattern.Length && pattern[i + 1] == '&')
            {
                throw Bad(pattern);
            }
            else
            {
                output.Append(symbol);
            }
        }

        return depth == 0 ? output.ToString() : throw Bad(pattern);
    }

    // .NET's \w lacks some marks and the letter numbers.
    private static void AppendEscape(StringBuilder output, char symbol, bool isInClass) => output.Append(symbol switch
    {
        'w' => isInClass ? WordClass : $"[{WordClass}]",
        'W' when !isInClass => $"[^{WordClass}]",
        'W' => throw new ArgumentException("\\W within a class"),
        _ => $"\\{symbol}",
    });

    private static ArgumentException Bad(string pattern) => new($"'{pattern}' can't be translated");
}
