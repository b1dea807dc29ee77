using Spectre.Console;

namespace LoNas.Cli.Output;

/// <summary>
/// Results in columns. Where a terminal is too narrow for them whole numbers are rounded to five digits, then borders
/// are left out, and where that is not enough each row becomes lines of its own. No number and no word is ever cut.
/// </summary>
/// <param name="headings">Names of the columns.</param>
/// <param name="rows">The cells.</param>
internal sealed class ResultTable(IReadOnlyList<string> headings, IReadOnlyList<IReadOnlyList<string>> rows)
{
    /// <summary>What a border and its spaces take of each column, and the last border.</summary>
    private const int BorderOfColumn = 3;

    /// <summary>Spaces between columns without borders.</summary>
    private const int Gap = 2;

    /// <summary>Writes it.</summary>
    /// <param name="ansi">Where to; of what is no terminal the width is made to fit.</param>
    /// <param name="terminal">Whether it is a terminal.</param>
    /// <param name="exact">Whether no number is rounded.</param>
    /// <returns>Whether numbers were rounded.</returns>
    public bool Write(IAnsiConsole ansi, bool terminal, bool exact)
    {
        int room = ansi.Profile.Width;
        if (!terminal)
        {
            ansi.Profile.Width = Math.Max(room, WidthOf(rows));
        }

        if (!terminal || WidthOf(rows) <= room)
        {
            WriteColumns(ansi, terminal, rows);
            return false;
        }

        IReadOnlyList<string>[] shorter = exact
            ? [.. rows] : [.. rows.Select(row => row.Select(ShortNumber.Of).ToArray())];
        if (WidthOf(shorter) <= room)
        {
            WriteColumns(ansi, terminal, shorter);
            return IsRounded(shorter);
        }

        bool hasRoom = ColumnWidths(shorter).Sum(width => width + Gap) - Gap <= room;
        foreach (var line in hasRoom ? Bare(shorter) : Stacked().Select(line => WrappedText.Of(line, room)))
        {
            ansi.Profile.Out.Writer.WriteLine(line);
        }

        return hasRoom && IsRounded(shorter);
    }

    private bool IsRounded(IReadOnlyList<IReadOnlyList<string>> cells) =>
        !cells.SelectMany(row => row).SequenceEqual(rows.SelectMany(row => row));

    /// <summary>Whether a column is of names or other words.</summary>
    private bool IsOfWords(int column) =>
        column == 0 || rows.All(row => row[column].Length > 0 && char.IsLetter(row[column][0]));

    private IEnumerable<int> ColumnWidths(IReadOnlyList<IReadOnlyList<string>> cells) => headings.Index().Select(
        heading => cells.Select(row => row[heading.Index]).Append(heading.Item).Max(WrappedText.ColumnsOf));

    private int WidthOf(IReadOnlyList<IReadOnlyList<string>> cells) =>
        1 + ColumnWidths(cells).Sum(width => width + BorderOfColumn);

    private void WriteColumns(IAnsiConsole ansi, bool terminal, IReadOnlyList<IReadOnlyList<string>> cells)
    {
        var table = new Table { Border = terminal ? TableBorder.Rounded : TableBorder.Ascii };
        foreach (var (index, heading) in headings.Index())
        {
            var column = new TableColumn(new Spectre.Console.Text(heading)) { NoWrap = true };
            table.AddColumn(IsOfWords(index) ? column.LeftAligned() : column.RightAligned());
        }

        foreach (var row in cells)
        {
            table.AddRow(row.Select(cell => new Spectre.Console.Text(cell)));
        }

        ansi.Write(table);
    }

    /// <summary>Columns with nothing but spaces between them.</summary>
    private IEnumerable<string> Bare(IReadOnlyList<IReadOnlyList<string>> cells)
    {
        int[] widths = [.. ColumnWidths(cells)];
        return cells.Prepend(headings).Select(row => string.Concat(row.Index().Select(cell =>
        {
            string space = new(' ', widths[cell.Index] - WrappedText.ColumnsOf(cell.Item));
            return new string(' ', cell.Index == 0 ? 0 : Gap)
                + (IsOfWords(cell.Index) ? cell.Item + space : space + cell.Item);
        })).TrimEnd());
    }

    /// <summary>Each row as lines: its first cell, then the others under their columns' names.</summary>
    private IEnumerable<string> Stacked() => rows.SelectMany(row => row.Index()
        .Where(cell => cell.Item.Length > 0)
        .Select(cell => cell.Index == 0 ? cell.Item : $"  {headings[cell.Index]}: {cell.Item}"));
}
