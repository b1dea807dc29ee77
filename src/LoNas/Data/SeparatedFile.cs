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
        var text = Text(path, encoding);
        var plain = Records(text, "\t", CsvMode.NoEscape, hasNames: true);
        var quotes = plain.Rows.SelectMany(row => row.Cells).Select(cell => cell.Text!).Concat(plain.Columns)
            .Where(value => value.Contains('"', StringComparison.Ordinal)).ToArray();
        if (quotes.Length == 0)
        {
            return Table(path, plain);
        }

        var quoted = Records(text, "\t", CsvMode.RFC4180, hasNames: true);
        return Table(path, (Bad(plain) == 0 && quotes.All(IsQuoted)) || Bad(quoted) < Bad(plain) ? quoted : plain);
    }

    private static ReadOnlyMemory<byte> Text(string path, Encoding? encoding) =>
        TextInput.Decode(InputPath.Read(path, "data set", File.ReadAllBytes), $"data set '{path}'", encoding);

    private static DataTable Table(string path, (string[] Columns, List<DataRow> Rows) found) =>
        DataTable.Of(path, found.Columns, found.Rows, hasTypes: false);

    private static int Bad((string[] Columns, List<DataRow> Rows) found) =>
        found.Rows.Count(row => row.Problem is not null);

    /// <summary>Whether a value with quotes is what a CSV writer makes of one: around it, and doubled within.</summary>
    private static bool IsQuoted(string value) => value.Length > 1 && value[0] == '"' && value[^1] == '"'
        && !value[1..^1].Replace("\"\"", "", StringComparison.Ordinal).Contains('"', StringComparison.Ordinal);

    private static (string[] Columns, List<DataRow> Rows) Records(
        ReadOnlyMemory<byte> text, string separator, CsvMode mode, bool hasNames)
    {
        var configuration = new CsvConfiguration(CultureInfo.InvariantCulture)
        {
            Delimiter = separator,
            Mode = mode,
            BadDataFound = null, // a quote inside a value is a quote
            IgnoreBlankLines = false, // they count as lines
        };
        using var parser = new CsvParser(
            new StreamReader(new MemoryStream(text.ToArray()), new UTF8Encoding(false)), configuration);
        string[]? columns = null;
        var rows = new List<DataRow>();
        var (last, lastLine) = ("", 0);
        for (int line = 1; parser.Read(); line = parser.RawRow + 1)
        {
            if (parser.RawRecord.AsSpan().Trim("\r\n").IsEmpty)
            {
                continue;
            }

            (last, lastLine) = (parser.RawRecord, line);
            var record = parser.Record!;
            bool isNames = columns is null && hasNames;
            columns ??= hasNames ? record : [.. record.Select((_, index) => $"{index}")];
            if (!isNames)
            {
                rows.Add(new DataRow(
                    $"line {line}", [.. record.Select(value => new DataCell(value, IsText: false))],
                    record.Length == columns.Length ? null
                        : $"{record.Length} columns; expected {columns.Length} ({Excerpt.Of(columns)})"));
            }
        }

        if (mode == CsvMode.RFC4180 && IsOpen(last, separator))
        {
            rows = [.. rows.SkipLast(1), new DataRow(
                $"line {lastLine}", [],
                "a quote begins a value and none ends it; the rest of the file would be its text")];
        }

        return (columns ?? [], rows);
    }

    /// <summary>Whether the last record of a file ends within a quoted value.</summary>
    private static bool IsOpen(string record, string separator) => int.IsOddInteger(record.Count(c => c == '"'))
        && (record.StartsWith('"') || record.Contains($"{separator}\"", StringComparison.Ordinal));
}
