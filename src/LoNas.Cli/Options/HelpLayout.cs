using System.Text;
using System.Text.RegularExpressions;

namespace LoNas.Cli.Options;

/// <summary>
/// Lays help out for a width: by words, so that a line is only longer where one word is. Descriptions stand beside
/// what they describe, or below where there is no room for that.
/// </summary>
internal sealed partial class HelpLayout
{
    private const int Widest = 110;
    private const int Narrowest = 20;

    /// <summary>Below it a description has no room beside a flag.</summary>
    private const int LeastForColumns = 60;

    private const int WidestColumn = 36;
    private const int Hanging = 6;

    /// <summary>Columns before a term, and between it and its description.</summary>
    private const int Gaps = 4;

    private const string Continued = " \\";

    private readonly StringBuilder _text = new();
    private readonly int _width;
    private readonly int _column;

    /// <param name="width">Columns that there are.</param>
    /// <param name="longest">Letters of the longest term; null where some are too long for a column.</param>
    public HelpLayout(int width, int? longest = null)
    {
        _width = Math.Clamp(width, Narrowest, Widest);
        _column = Math.Min(longest + Gaps ?? WidestColumn, (_width / 3) + 2);
    }

    private bool IsNarrow => _width < LeastForColumns;

    /// <summary>An empty line.</summary>
    public HelpLayout Space()
    {
        _text.Append('\n');
        return this;
    }

    /// <summary>A text of its own.</summary>
    /// <param name="text">The text.</param>
    /// <param name="indent">Columns before its first line.</param>
    /// <param name="hanging">How many more before the others.</param>
    public HelpLayout Paragraph(string text, int indent = 0, int hanging = 0)
    {
        foreach (var (index, line) in Wrap(text.Split(' '), _width - indent, hanging).Index())
        {
            AppendLine(line, index == 0 ? indent : indent + hanging);
        }

        return this;
    }

    /// <summary>A flag or a command with what it does.</summary>
    /// <param name="term">What is typed.</param>
    /// <param name="description">What it does.</param>
    /// <param name="notes">Facts at its end, kept whole where there is room.</param>
    public HelpLayout Entry(string term, string description, params IEnumerable<string> notes)
    {
        int indent = IsNarrow ? Hanging : _column;
        int room = _width - indent;
        string[] body = [.. Wrap(
            [.. description.Split(' '), .. notes.SelectMany(note => note.Length <= room ? [note] : note.Split(' '))],
            room)];
        if (!IsNarrow && term.Length + Gaps <= _column)
        {
            AppendLine($"  {term}".PadRight(_column) + body[0], 0);
            body = body[1..];
        }
        else
        {
            Paragraph(term, 2, Hanging - 2);
        }

        foreach (var line in body)
        {
            AppendLine(line, indent);
        }

        return this;
    }

    /// <summary>
    /// A line to type; where it is too long it goes on as a shell takes it, each flag with its value.
    /// </summary>
    public HelpLayout Command(string line)
    {
        const int Indent = 4;
        const int More = 2;
        int room = _width - Indent - Continued.Length;
        var units = FlagWithValue().Matches(line).Select(match => match.Value.Trim())
            .SelectMany(unit => unit.Length <= room - More ? [unit] : Word().Matches(unit).Select(word => word.Value));
        string[] lines = [.. Wrap(units, room, More)];
        foreach (var (index, text) in lines.Index())
        {
            AppendLine(text + (index < lines.Length - 1 ? Continued : ""), index == 0 ? Indent : Indent + More);
        }

        return this;
    }

    public override string ToString() => _text.ToString();

    private void AppendLine(string line, int indent) => _text.Append(' ', indent).Append(line).Append('\n');

    private static IEnumerable<string> Wrap(IEnumerable<string> words, int room, int hanging = 0)
    {
        var line = new StringBuilder();
        foreach (var word in words)
        {
            if (line.Length > 0 && line.Length + 1 + word.Length > room)
            {
                yield return line.ToString();
                line.Clear();
                room -= hanging;
                hanging = 0;
            }

            line.Append(line.Length > 0 ? " " : "").Append(word);
        }

        yield return line.ToString();
    }

    [GeneratedRegex("""(?:^|--)(?:"[^"]*"|[^"])*?(?=\s--|$)""")]
    private static partial Regex FlagWithValue();

    [GeneratedRegex("""(?:"[^"]*"|[^\s"])+""")]
    private static partial Regex Word();
}
