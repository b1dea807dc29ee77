using System.Globalization;
using System.Text;

namespace LoNas.Elastic;

/// <summary>The characters and sets of characters in a regular expression of Python's re.</summary>
internal static class PythonCharacters
{
    /// <summary>Letters that mean the same in .NET behind a backslash; the first three are no characters.</summary>
    private const string Shared = "AbBdDsSwWafnrtv";

    private const string SharedInClass = "bdDsSwWafnrtv";

    /// <summary>Writes what begins with a backslash; gives whether a quantifier can follow.</summary>
    /// <param name="text">The pattern.</param>
    /// <param name="at">Where the backslash is; then behind what was read.</param>
    /// <param name="output">.NET's pattern.</param>
    /// <param name="groups">How many groups there are so far; negative within a set.</param>
    /// <exception cref="ArgumentException">Nothing is written so.</exception>
    /// <exception cref="NotSupportedException">.NET has it not.</exception>
    public static bool Escape(ReadOnlySpan<char> text, ref int at, StringBuilder output, int groups)
    {
        bool isInClass = groups < 0;
        if (++at == text.Length)
        {
            throw new ArgumentException("it ends with a backslash");
        }

        char symbol = text[at++];
        if (!isInClass && symbol is 'Z' or 'z')
        {
            output.Append("\\z");
            return false;
        }

        if ((isInClass ? SharedInClass : Shared).Contains(symbol))
        {
            output.Append('\\').Append(symbol);
            return isInClass || symbol is not ('A' or 'b' or 'B');
        }

        if (char.IsAsciiDigit(symbol))
        {
            Number(text, ref at, output, groups);
        }
        else if (symbol is 'x' or 'u' or 'U')
        {
            Append(output, Code(text, ref at, symbol == 'x' ? 2 : symbol == 'u' ? 4 : 8, symbol));
        }
        else
        {
            Append(output, symbol == 'N' ? throw new NotSupportedException("\\N, a character by its name")
                : char.IsAsciiLetter(symbol) ? throw Bad(symbol) : symbol);
        }

        return true;
    }

    /// <summary>Writes a set, whose brackets do not nest in Python.</summary>
    /// <exception cref="ArgumentException">It has no end.</exception>
    public static void Class(ReadOnlySpan<char> text, ref int at, StringBuilder output)
    {
        output.Append(text[at++]);
        if (at < text.Length && text[at] == '^')
        {
            output.Append(text[at++]);
        }

        for (int first = at; at < text.Length;)
        {
            char symbol = text[at];
            if (symbol == ']' && at > first)
            {
                output.Append(symbol);
                at++;
                return;
            }

            if (symbol == '\\')
            {
                Escape(text, ref at, output, groups: -1);
                continue;
            }

            output.Append(symbol is '[' or ']' ? $"\\{symbol}" : symbol.ToString());
            at++;
        }

        throw new ArgumentException("a bracket is not closed");
    }

    /// <summary>The number of a group, or a character in octal digits: behind 0, three of them, or in a set.</summary>
    private static void Number(ReadOnlySpan<char> text, ref int at, StringBuilder output, int groups)
    {
        var digits = text[(at - 1)..Math.Min(text.Length, at + 2)];
        int octal = digits.IndexOfAnyExceptInRange('0', '7') is var end and >= 0 ? end : digits.Length;
        if (digits[0] == '0' || octal == 3 || groups < 0)
        {
            if (octal == 0)
            {
                throw Bad(digits[0]);
            }

            at += octal - 1;
            Append(output, Convert.ToInt32(digits[..octal].ToString(), 8));
            return;
        }

        int length = digits.Length > 1 && char.IsAsciiDigit(digits[1]) ? 2 : 1;
        int number = int.Parse(digits[..length], NumberStyles.None, CultureInfo.InvariantCulture);
        at += length - 1;
        output.Append(number <= groups ? $"\\k<{number}>"
            : throw new ArgumentException($"there is no group {number} before it is named"));
    }

    private static int Code(ReadOnlySpan<char> text, ref int at, int length, char kind)
    {
        var digits = text[at..Math.Min(text.Length, at + length)];
        at += digits.Length;
        return digits.Length == length
            && int.TryParse(digits, NumberStyles.AllowHexSpecifier, CultureInfo.InvariantCulture, out int code)
            ? code
            : throw Bad(kind);
    }

    private static void Append(StringBuilder output, int code) => output.Append(
        code <= char.MaxValue ? $"\\u{code:X4}" : throw new NotSupportedException("a character above U+FFFF"));

    private static ArgumentException Bad(char symbol) => new($"\\{symbol} means nothing");
}
