using System.Globalization;
using System.Text;
using System.Text.RegularExpressions;

namespace LoNas.Tests.Screens;

/// <summary>
/// The rows that a terminal shows after some output: moves of the cursor and erased lines are followed, so that of a
/// bar nothing stays. No row is broken at the terminal's edge: one that is too long stays to be seen.
/// </summary>
internal sealed partial class TerminalRows
{
    private readonly List<StringBuilder> _rows = [new()];
    private int _row;
    private int _column;

    private TerminalRows()
    {
    }

    /// <summary>Characters of the longest row that was ever shown.</summary>
    public int Longest { get; private set; }

    /// <summary>The rows that are left, without spaces at their ends.</summary>
    public IEnumerable<string> Rows => _rows.Select(row => row.ToString().TrimEnd());

    public static TerminalRows Of(string output)
    {
        var screen = new TerminalRows();
        for (int at = 0; at < output.Length;)
        {
            var control = ControlSequence().Match(output, at);
            if (control.Success)
            {
                screen.Obey(control);
                at += control.Length;
            }
            else
            {
                screen.Put(output[at++]);
            }
        }

        return screen;
    }

    private void Put(char character)
    {
        switch (character)
        {
            case '\r':
                _column = 0;
                break;
            case '\n':
                _column = 0;
                _row++;
                break;
            default:
                var row = Row();
                row.Append(' ', Math.Max(0, _column + 1 - row.Length));
                row[_column++] = character;
                Longest = Math.Max(Longest, row.ToString().TrimEnd().Length);
                return;
        }

        Row();
    }

    private void Obey(Match control)
    {
        int count = int.TryParse(control.Groups[1].Value, CultureInfo.InvariantCulture, out int given) ? given : 1;
        switch (control.Groups[2].Value)
        {
            case "A":
                _row = Math.Max(0, _row - count);
                break;
            case "B":
                _row += count;
                break;
            case "K":
                Row().Length = control.Groups[1].Value == "2" ? 0 : Math.Min(_column, Row().Length);
                break;
        }
    }

    private StringBuilder Row()
    {
        while (_rows.Count <= _row)
        {
            _rows.Add(new StringBuilder());
        }

        return _rows[_row];
    }

    [GeneratedRegex(@"\G\u001b\[\??([0-9;]*)([A-Za-z])")]
    private static partial Regex ControlSequence();
}
