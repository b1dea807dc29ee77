using Spectre.Console;

namespace LoNas.Cli.Output;

/// <summary>
/// Results in columns. Where a terminal is too narrow for them whole numbers are rounded to five digits, and where that
/// is not enough each row becomes lines of its own. No number and no word is ever cut.
/// </summary>
/// <param name="headings">Names of the columns.</param>
/// <param name="rows">The cells.</param>
internal sealed class ResultTable(IReadOnlyList<string> headings, IReadOnlyList<IReadOnlyList<string>> rows)
{
    /// <summary>What a border and its spaces take of each column, and the last border.</summary>
    private const int BorderOfColumn = 3;

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

        IReadOnlyList<string>[] rounded = [.. rows.Select(row => row.Select(ShortNumber.Of).ToArray())];
        if (!exact && WidthOf(rounded) <= room)
        {
            WriteColumns(ansi, terminal, rounded);
            return true;
        }

        foreach (var line in Stacked())
        {
            ansi.Profile.Out.Writer.WriteLine(WrappedText.Of(line, room));
        }

        return false;
    }

    private int WidthOf(IReadOnlyList<IReadOnlyList<string>> cells) => 1 + headings.Index().Sum(heading =>
        BorderOfColumn + cells.Select(row => row[heading.Index]).Append(heading.Item).Max(WrappedText.ColumnsOf));

    private void WriteColumns(IAnsiConsole ansi, bool terminal, IReadOnlyList<IReadOnlyList<string>> cells)
    {
        var table = new Table { Border = terminal ? TableBorder.Rounded : TableBorder.Ascii };
        foreach (var (index, heading) in headings.Index())
        {
            var column = new TableColumn(new Spectre.Console.Text(heading)) { NoWrap = true };
            table.AddColumn(index == 0 ? column.LeftAligned() : column.RightAligned());
        }

        foreach (var row in cells)
        {
            table.AddRow(row.Select(cell => new Spectre.Console.Text(cell)));
        }

        ansi.Write(table);
    }

    /// <summary>Each row as lines: its first cell, then the others under their columns' names.</summary>
    private IEnumerable<string> Stacked() => rows.SelectMany(row => row.Index()
        .Where(cell => cell.Item.Length > 0)
        .Select(cell => cell.Index == 0 ? cell.Item : $"  {headings[cell.Index]}: {cell.Item}"));
}
