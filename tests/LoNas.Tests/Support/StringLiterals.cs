using System.Text;

namespace LoNas.Tests.Support;

/// <summary>The texts of a C# file's string literals; what comments and characters hold is none.</summary>
internal static class StringLiterals
{
    /// <summary>Stands for what an interpolated literal puts between its texts.</summary>
    public const string Hole = "{}";

    /// <summary>Reads regular, verbatim, interpolated and raw literals, those within another one's holes too.</summary>
    public static IReadOnlyList<string> Of(string source)
    {
        var found = new List<string>();
        ReadCode(source, 0, found, inHole: false);
        return found;
    }

    /// <summary>Reads code to its end, or to the brace that ends a hole; gives the place of that.</summary>
    private static int ReadCode(string source, int i, List<string> found, bool inHole)
    {
        int depth = 0;
        while (i < source.Length)
        {
            if (Starts(source, i, "//"))
            {
                i = End(source, i, "\n");
            }
            else if (Starts(source, i, "/*"))
            {
                i = End(source, i + 2, "*/");
            }
            else if (source[i] == '\'')
            {
                i = End(source, source[i + 1] == '\\' ? i + 3 : i + 1, "'");
            }
            else if (source[i] == '"' || (source[i] is '$' or '@' && QuoteAfterSigns(source, i)))
            {
                i = ReadLiteral(source, i, found);
            }
            else if (inHole && source[i] == '}' && depth == 0)
            {
                return i;
            }
            else
            {
                depth += source[i] switch { '{' => 1, '}' => -1, _ => 0 };
                i++;
            }
        }

        return i;
    }

    /// <summary>Reads a literal from its first sign or quote; gives the place after it.</summary>
    private static int ReadLiteral(string source, int i, List<string> found)
    {
        int start = i;
        i += source.AsSpan(i).IndexOf('"');
        int dollars = source[start..i].Count(sign => sign == '$');
        bool isVerbatim = source[start..i].Contains('@');
        int quotes = Run(source, i, '"');
        quotes = quotes >= 3 && !isVerbatim ? quotes : 1;
        bool isRaw = quotes > 1;
        i += quotes;
        var text = new StringBuilder();
        while (Run(source, i, '"') < quotes || (isVerbatim && Starts(source, i, "\"\"")))
        {
            int braces = dollars > 0 ? Run(source, i, '{') : 0;
            // A raw literal's braces are text up to as many as it has dollars; others double the brace that is text.
            if (isRaw ? braces >= dollars && dollars > 0 : braces % 2 == 1)
            {
                text.Append('{', isRaw ? braces - dollars : braces / 2).Append(Hole);
                i = ReadCode(source, i + braces, found, inHole: true) + (isRaw ? dollars : 1);
                continue;
            }

            int taken = braces > 0 ? braces : !isRaw && (source[i] == '\\' && !isVerbatim || source[i] == '"') ? 2 : 1;
            text.Append(source, i, taken);
            i += taken;
        }

        found.Add(text.ToString());
        return i + quotes;
    }

    private static bool QuoteAfterSigns(string source, int i) => source.AsSpan(i).TrimStart("$@") is ['"', ..];

    private static bool Starts(string source, int i, string text) =>
        source.AsSpan(i).StartsWith(text, StringComparison.Ordinal);

    private static int End(string source, int i, string end) =>
        source.IndexOf(end, i, StringComparison.Ordinal) is var found and >= 0 ? found + end.Length : source.Length;

    private static int Run(string source, int i, char sign)
    {
        int count = 0;
        while (i + count < source.Length && source[i + count] == sign)
        {
            count++;
        }

        return count;
    }
}
