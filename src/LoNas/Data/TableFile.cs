using System.Globalization;
using System.Text;
using System.Text.Json;
using CsvHelper;
using CsvHelper.Configuration;
using LoNas.Storage;
using Parquet.Serialization;

namespace LoNas.Data;

/// <summary>Reads files of rows; their names end in .csv, .tsv, .json, .jsonl or .parquet.</summary>
public static class TableFile
{
    /// <summary>The kinds of files, for messages.</summary>
    public const string Kinds = ".csv, .tsv, .json, .jsonl or .parquet";

    /// <summary>Reads a file.</summary>
    /// <param name="path">The file.</param>
    /// <param name="encoding">Its encoding, as <see cref="TextInput.Find"/> gives it; null: UTF-8.</param>
    /// <exception cref="InvalidDataException">
    /// It is missing, empty, of no such kind, or damaged; bad rows are listed.
    /// </exception>
    public static DataTable Load(string path, Encoding? encoding = null) =>
        Path.GetExtension(path).ToUpperInvariant() switch
        {
            ".CSV" => Separated(path, encoding, ",", isQuoted: true, hasNames: true),
            ".TSV" => Separated(path, encoding, "\t", isQuoted: true, hasNames: true),
            ".JSON" or ".JSONL" => Json(path, encoding),
            ".PARQUET" => Parquet(path),
            _ => throw new InvalidDataException($"The data set '{path}' is of no known kind; expected {Kinds}"),
        };

    /// <summary>Reads a file of GLUE: tabs between values, and quotes are quotes.</summary>
    /// <param name="path">The file.</param>
    /// <param name="hasNames">Whether its first line names the columns.</param>
    /// <exception cref="InvalidDataException">As in <see cref="Load"/>.</exception>
    internal static DataTable LoadGlue(string path, bool hasNames) =>
        Separated(path, encoding: null, "\t", isQuoted: false, hasNames);

    private static DataTable Separated(
        string path, Encoding? encoding, string separator, bool isQuoted, bool hasNames)
    {
        var text = TextInput.Decode(InputPath.Read(path, "data set", File.ReadAllBytes), $"data set '{path}'", encoding);
        var configuration = new CsvConfiguration(CultureInfo.InvariantCulture)
        {
            Delimiter = separator,
            Mode = isQuoted ? CsvMode.RFC4180 : CsvMode.NoEscape,
            BadDataFound = null, // a quote inside a value is a quote
        };
        using var parser = new CsvParser(
            new StreamReader(new MemoryStream(text.ToArray()), new UTF8Encoding(false)), configuration);
        string[]? columns = null;
        var rows = new List<DataRow>();
        var problems = new List<string>();
        for (int line = 1; parser.Read(); line = parser.RawRow + 1)
        {
            var record = parser.Record!;
            if (columns is null)
            {
                columns = hasNames ? record : [.. record.Select((_, index) => $"{index}")];
                if (hasNames)
                {
                    continue;
                }
            }

            if (record.Length != columns.Length)
            {
                problems.Add($"line {line}: {record.Length} columns; expected {columns.Length} "
                    + $"({string.Join(", ", columns)})");
                continue;
            }

            rows.Add(new DataRow($"line {line}", [.. record.Select(value => new DataCell(value, IsText: false))]));
        }

        return Table(path, columns ?? [], rows, problems);
    }

    private static DataTable Json(string path, Encoding? encoding)
    {
        var origin = $"data set '{path}'";
        var text = NonFiniteJson.Accept(
            TextInput.Decode(InputPath.Read(path, "data set", File.ReadAllBytes), origin, encoding));
        var columns = new List<string>();
        var rows = new List<DataRow>();
        var problems = new List<string>();
        foreach (var (line, element, problem) in RecordLayout.Read(text, origin))
        {
            var place = line > 0 ? $"line {line}" : $"record {rows.Count + problems.Count + 1}";
            if (element.ValueKind != JsonValueKind.Object)
            {
                problems.Add($"{place}: {problem ?? "no JSON object"}");
                continue;
            }

            var cells = element.EnumerateObject().ToDictionary(entry => entry.Name, entry => Cell(entry.Value));
            columns.AddRange(cells.Keys.Except(columns));
            rows.Add(new DataRow(place, [.. columns.Select(name => cells.GetValueOrDefault(name))]));
        }

        return Table(path, columns, [.. rows.Select(row => Filled(row, columns.Count))], problems);
    }

    private static DataTable Parquet(string path) => InputPath.Read(path, "Parquet file", _ =>
    {
        using var stream = File.OpenRead(path);
        try
        {
            var found = ParquetSerializer.DeserializeUntypedAsync(stream).GetAwaiter().GetResult();
            string[] columns = [.. found.Schema.Fields.Select(field => field.Name)];
            return Table(path, columns, [.. found.Data.Select((row, index) => new DataRow(
                $"row {index + 1}", [.. columns.Select(name => Cell(row.TryGetValue(name, out var value) ? value : null))]))],
                []);
        }
        catch (Exception error) when (error is not (InvalidDataException or IOException or UnauthorizedAccessException)
            || error is EndOfStreamException)
        {
            throw new InvalidDataException(
                $"The data set '{path}' is no whole Parquet file ({error.Message}); get it again", error);
        }
    });

    private static DataTable Table(
        string path, IReadOnlyList<string> columns, IReadOnlyList<DataRow> rows, List<string> problems)
    {
        if (problems.Count > 0)
        {
            throw new InvalidDataException($"The data set '{path}' has {problems.Count} bad of "
                + $"{rows.Count + problems.Count} rows; correct or remove them:{RecordProblems.List(problems)}");
        }

        if (columns.GroupBy(name => name).FirstOrDefault(names => names.Count() > 1) is { } twice)
        {
            throw new InvalidDataException($"The data set '{path}' has the column '{twice.Key}' twice");
        }

        return rows.Count > 0
            ? new DataTable { Path = path, Columns = columns, Rows = rows }
            : throw new InvalidDataException($"The data set '{path}' has no rows; expected at least one");
    }

    /// <summary>A row of JSON that lacks the columns which later rows brought.</summary>
    private static DataRow Filled(DataRow row, int columns) =>
        row with { Cells = [.. row.Cells, .. Enumerable.Repeat(default(DataCell), columns - row.Cells.Count)] };

    private static DataCell Cell(JsonElement value) => value.ValueKind switch
    {
        JsonValueKind.Null => default,
        JsonValueKind.String => new(value.GetString(), IsText: true),
        _ => new(value.GetRawText(), IsText: false),
    };

    private static DataCell Cell(object? value) => value switch
    {
        null => default,
        string text => new(text, IsText: true),
        byte[] bytes => new(Encoding.UTF8.GetString(bytes), IsText: true),
        double number => new(Fraction(number), IsText: false),
        float number => new(Fraction(number), IsText: false),
        IFormattable other => new(other.ToString(null, CultureInfo.InvariantCulture), IsText: false),
        _ => new(value.ToString(), IsText: true),
    };

    /// <summary>A number of a column of fractions keeps its point: 1.0 is no class.</summary>
    private static string Fraction(double number) =>
        number.ToString("R", CultureInfo.InvariantCulture) is var text && text.All(c => char.IsAsciiDigit(c) || c == '-')
            ? $"{text}.0"
            : text;
}
