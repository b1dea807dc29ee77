using System.Text.RegularExpressions;
using Spectre.Console.Rendering;

namespace LoNas.Cli.Output;

/// <summary>
/// Text for people in lines of a width, broken between words only. A word is what no space divides, and a quoted path
/// with its spaces; one that is longer than a line has a line to itself, whole.
/// </summary>
internal static partial class WrappedText
{
    /// <summary>How much further a line that goes on is indented than its first.</summary>
    private const int Hanging = 2;

    /// <summary>The lines of a text; what has room stays as it is, spaces and all.</summary>
    public static string Of(string text, int width) =>
        string.Join('\n', text.Split('\n').SelectMany(line => Lines(line.TrimEnd('\r'), width)));

    /// <summary>Columns that a text takes: some characters take two, some none.</summary>
    public static int ColumnsOf(string text) => new Segment(text).CellCount();

    private static IEnumerable<string> Lines(string text, int width)
    {
        if (ColumnsOf(text) <= width)
        {
            yield return text;
            yield break;
        }

        int first = text.Length - text.TrimStart(' ').Length;
        string indent = new(' ', first + Hanging);
        string line = indent[..first];
        bool begun = false;
        foreach (var word in Words().Matches(text).Select(match => match.Value))
        {
            if (begun && ColumnsOf(line) + 1 + ColumnsOf(word) > width)
            {
                yield return line;
                (line, begun) = (indent, false);
            }

            line += begun ? $" {word}" : word;
            begun = true;
        }

        yield return line;
    }

    /// <summary>
    /// A quote begins a path where no letter is before it (that of "it's" does not), a slash is in it, and no letter
    /// comes after its end. A per cent sign stays with its number.
    /// </summary>
    [GeneratedRegex(@"[^\s']*(?<!\w)'[^'\n]*[/\\][^'\n]*'(?!\w)\S*|\d\S*\s%\S*|\S+")]
    private static partial Regex Words();
}
