using Spectre.Console;

namespace LoNas.Cli.Output;

/// <summary>Results in columns, or row after row where there is no room for columns.</summary>
internal static class ResultTable
{
    /// <summary>What a border and its spaces take of each column, and the last border.</summary>
    private const int BorderOfColumn = 3;

    /// <summary>
    /// Writes a table, whole; gives false, and writes nothing, where a terminal is too narrow for it.
    /// </summary>
    /// <param name="ansi">Where to; of what is no terminal the width is made to fit.</param>
    /// <param name="terminal">Whether it is a terminal.</param>
    /// <param name="headings">Names of the columns.</param>
    /// <param name="rows">The cells.</param>
    public static bool Write(
        IAnsiConsole ansi, bool terminal, IReadOnlyList<string> headings, IReadOnlyList<IReadOnlyList<string>> rows)
    {
        int width = 1 + headings.Index().Sum(heading => BorderOfColumn
            + rows.Select(row => row[heading.Index].Length).Append(heading.Item.Length).Max());
        if (width > ansi.Profile.Width)
        {
            if (terminal)
            {
                return false;
            }

            ansi.Profile.Width = width;
        }

        var table = new Table { Border = terminal ? TableBorder.Rounded : TableBorder.Ascii };
        foreach (var (index, heading) in headings.Index())
        {
            var column = new TableColumn(new Spectre.Console.Text(heading)) { NoWrap = true };
            table.AddColumn(index == 0 ? column.LeftAligned() : column.RightAligned());
        }

        foreach (var row in rows)
        {
            table.AddRow(row.Select(cell => new Spectre.Console.Text(cell)));
        }

        ansi.Write(table);
        return true;
    }

    /// <summary>Each row as lines: its first cell, then the others under their columns' names.</summary>
    public static IEnumerable<string> Stacked(
        IReadOnlyList<string> headings, IReadOnlyList<IReadOnlyList<string>> rows) => rows.SelectMany(row => row.Index()
            .Where(cell => cell.Item.Length > 0)
            .Select(cell => cell.Index == 0 ? cell.Item : $"  {headings[cell.Index]}: {cell.Item}"));
}
