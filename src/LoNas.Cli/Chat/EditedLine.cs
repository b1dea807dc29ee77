using System.Globalization;
using System.Text;
using LoNas.Cli.Output;

namespace LoNas.Cli.Chat;

/// <summary>
/// A line that is being typed: its text, and the cursor between two of its characters as people see them.
/// </summary>
internal sealed class EditedLine
{
    private string _text = "";
    private int _cursor;
    private int _first;

    /// <summary>The text; a pasted one may have line ends.</summary>
    public string Text
    {
        get => _text;
        set => (_text, _cursor, _first) = (value, value.Length, 0);
    }

    /// <summary>Puts text where the cursor is.</summary>
    public void Insert(string text)
    {
        _text = _text.Insert(_cursor, text);
        _cursor += text.Length;
    }

    /// <summary>Moves the cursor by characters.</summary>
    public void Move(int steps)
    {
        for (; steps < 0; steps++)
        {
            _cursor = Before();
        }

        for (; steps > 0; steps--)
        {
            _cursor = Behind();
        }
    }

    /// <summary>Moves the cursor to the beginning or the end.</summary>
    public void MoveTo(bool end) => _cursor = end ? _text.Length : 0;

    /// <summary>Removes the character before the cursor, or behind it.</summary>
    public void Remove(bool before)
    {
        int from = before ? Before() : _cursor;
        int to = before ? _cursor : Behind();
        RemoveRange(from, to);
    }

    /// <summary>Removes all before the cursor, or behind it.</summary>
    public void RemoveAll(bool before) => RemoveRange(before ? 0 : _cursor, before ? _cursor : _text.Length);

    /// <summary>Removes the word before the cursor.</summary>
    public void RemoveWord()
    {
        int from = _text[.._cursor].TrimEnd().LastIndexOf(' ') + 1;
        RemoveRange(from, _cursor);
    }

    /// <summary>What of it is shown in so many columns, the cursor among it.</summary>
    /// <returns>The shown part, and the column of the cursor in it.</returns>
    public (string Shown, int Column) Within(int columns)
    {
        _first = Math.Min(_first, _cursor);
        while (Columns(_text[_first.._cursor]) >= columns)
        {
            _first = NextFrom(_first);
        }

        var shown = new StringBuilder();
        int used = 0;
        for (int at = _first; at < _text.Length; at = NextFrom(at))
        {
            var element = _text[at..NextFrom(at)];
            used += Columns(element);
            if (used > columns)
            {
                break;
            }

            shown.Append(Visible(element));
        }

        return (shown.ToString(), Columns(_text[_first.._cursor]));
    }

    private static int Columns(string text) => WrappedText.ColumnsOf(Visible(text));

    /// <summary>As it is shown in one row.</summary>
    private static string Visible(string text) => text.Replace('\n', '\u21b5').Replace('\t', ' ');

    private int NextFrom(int at) => at + StringInfo.GetNextTextElementLength(_text, at);

    private int Behind() => _cursor < _text.Length ? NextFrom(_cursor) : _cursor;

    private int Before()
    {
        int before = 0;
        for (int at = 0; at < _cursor; at = NextFrom(at))
        {
            before = at;
        }

        return before;
    }

    private void RemoveRange(int from, int to) => (_text, _cursor) = (_text.Remove(from, to - from), from);
}
