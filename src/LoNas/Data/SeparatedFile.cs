using System.Globalization;
using System.Text;
using CsvHelper;
using CsvHelper.Configuration;
using LoNas.Storage;

namespace LoNas.Data;

/// <summary>Reads CSV and TSV, in which a row is bad if it has more or fewer values than there are columns.</summary>
internal static class SeparatedFile
{
    /// <summary>A CSV file, where quotes are around values.</summary>
    public static DataTable Commas(string path, Encoding? encoding) =>
        Table(path, Records(Text(path, encoding), ",", CsvMode.RFC4180, hasNames: true));

    /// <summary>A file of GLUE, where quotes are text.</summary>
    public static DataTable Glue(string path, bool hasNames) =>
        Table(path, Records(Text(path, encoding: null), "\t", CsvMode.NoEscape, hasNames));

    /// <summary>
    /// A TSV file. Those of pandas and spreadsheets have quotes around values, those of GLUE and many others have them
    /// as text, which would swallow rows: they are taken as text unless every one of them is a CSV writer's.
    /// </summary>
    public static DataTable Tabs(string path, Encoding? encoding)
    {
        var text = Text(path, encoding).ToArray();
        var mode = TabMode(() => new MemoryStream(text));
        return Table(path, Records(text, "\t", mode, hasNames: true));
    }

    /// <summary>How the quotes of a TSV file are to be read.</summary>
    internal static CsvMode TabMode(Func<Stream> open)
    {
        bool hasQuotes = false;
        bool allQuoted = true;
        int plain = Bad(CsvMode.NoEscape, row =>
        {
            foreach (var value in row.Values.Where(value => value.Contains('"', StringComparison.Ordinal)))
            {
                hasQuotes = true;
                allQuoted &= IsQuoted(value);
            }
        });
        return hasQuotes && ((plain == 0 && allQuoted) || Bad(CsvMode.RFC4180, _ => { }) < plain)
            ? CsvMode.RFC4180
            : CsvMode.NoEscape;

        int Bad(CsvMode mode, Action<SeparatedRow> look)
        {
            using var text = open();
            int columns = -1;
            int bad = 0;
            foreach (var row in Rows(text, "\t", mode))
            {
                look(row);
                bad += row.Problem is not null || (columns >= 0 && row.Values.Length != columns) ? 1 : 0;
                columns = columns < 0 ? row.Values.Length : columns;
            }

            return bad;
        }
    }

    private static ReadOnlyMemory<byte> Text(string path, Encoding? encoding) =>
        TextInput.Decode(InputPath.Read(path, "data set", File.ReadAllBytes), $"data set '{path}'", encoding);

    private static DataTable Table(string path, (string[] Columns, List<DataRow> Rows) found) =>
        DataTable.Of(path, found.Columns, found.Rows, hasTypes: false);

    /// <summary>Whether a value with quotes is what a CSV writer makes of one: around it, and doubled within.</summary>
    private static bool IsQuoted(string value) => value.Length > 1 && value[0] == '"' && value[^1] == '"'
        && !value[1..^1].Replace("\"\"", "", StringComparison.Ordinal).Contains('"', StringComparison.Ordinal);

    private static (string[] Columns, List<DataRow> Rows) Records(
        ReadOnlyMemory<byte> text, string separator, CsvMode mode, bool hasNames)
    {
        string[]? columns = null;
        var rows = new List<DataRow>();
        foreach (var row in Rows(new MemoryStream(text.ToArray()), separator, mode))
        {
            bool isNames = columns is null && hasNames;
            columns ??= hasNames ? row.Values : [.. row.Values.Select((_, index) => $"{index}")];
            if (!isNames || row.Problem is not null)
            {
                rows.Add(new DataRow(
                    $"line {row.Line}",
                    row.Problem is null ? [.. row.Values.Select(value => new DataCell(value, IsText: false))] : [],
                    row.Problem ?? (row.Values.Length == columns.Length ? null
                        : $"{row.Values.Length} columns; expected {columns.Length} ({Excerpt.Of(columns)})")));
            }
        }

        return (columns ?? [], rows);
    }

    /// <summary>The rows in order as they are read, without blank ones; a last one with an open quote is bad.</summary>
    /// <param name="text">The file in UTF-8.</param>
    /// <param name="separator">What is between values.</param>
    /// <param name="mode">What quotes are.</param>
    internal static IEnumerable<SeparatedRow> Rows(Stream text, string separator, CsvMode mode)
    {
        var configuration = new CsvConfiguration(CultureInfo.InvariantCulture)
        {
            Delimiter = separator,
            Mode = mode,
            BadDataFound = null, // a quote inside a value is a quote
            IgnoreBlankLines = false, // they count as lines
        };
        using var parser = new CsvParser(new StreamReader(text, new UTF8Encoding(false)), configuration);
        SeparatedRow? held = null;
        var last = "";
        for (int line = 1; parser.Read(); line = parser.RawRow + 1)
        {
            if (parser.RawRecord.AsSpan().Trim("\r\n").IsEmpty)
            {
                continue;
            }

            if (held is not null)
            {
                yield return held;
            }

            (last, held) = (parser.RawRecord, new SeparatedRow(line, parser.Record!));
        }

        if (held is not null)
        {
            yield return mode == CsvMode.RFC4180 && IsOpen(last, separator)
                ? held with
                {
                    Problem = "a quote begins a value and none ends it; the rest of the file would be its text",
                }
                : held;
        }
    }

    /// <summary>Whether the last record of a file ends within a quoted value.</summary>
    private static bool IsOpen(string record, string separator) => int.IsOddInteger(record.Count(c => c == '"'))
        && (record.StartsWith('"') || record.Contains($"{separator}\"", StringComparison.Ordinal));
}

/// <summary>A row of a file of separated values.</summary>
/// <param name="Line">The line where it begins.</param>
/// <param name="Values">Its values.</param>
/// <param name="Problem">What is wrong with it by itself; null where nothing is.</param>
internal sealed record SeparatedRow(int Line, string[] Values, string? Problem = null);
