using System.Globalization;
using System.Text;
using System.Text.Json;
using LoNas.Storage;
using Parquet.Serialization;

namespace LoNas.Data;

/// <summary>Reads files of rows; their names end in .csv, .tsv, .json, .jsonl or .parquet.</summary>
public static class TableFile
{
    /// <summary>The kinds of files, for messages.</summary>
    public const string Kinds = ".csv, .tsv, .json, .jsonl or .parquet";

    /// <summary>Whether a name ends as that of such a file does.</summary>
    public static bool IsName(string path) =>
        Path.GetExtension(path).ToUpperInvariant() is ".CSV" or ".TSV" or ".JSONL" or ".PARQUET";

    /// <summary>Reads a file.</summary>
    /// <param name="path">The file.</param>
    /// <param name="encoding">Its encoding, as <see cref="TextInput.Find"/> gives it; null: UTF-8.</param>
    /// <exception cref="InvalidDataException">
    /// It is missing, empty, of no such kind, or damaged. Bad rows are among the rows.
    /// </exception>
    public static DataTable Load(string path, Encoding? encoding = null)
    {
        InputPath.RequireFile(path, "data set");
        return Path.GetExtension(path).ToUpperInvariant() switch
        {
            ".CSV" => SeparatedFile.Commas(path, encoding),
            ".TSV" => SeparatedFile.Tabs(path, encoding),
            ".JSON" or ".JSONL" => Json(path, encoding),
            ".PARQUET" => Parquet(path),
            var other => throw new InvalidDataException(
                $"The data set '{path}' is of no known kind; expected {Kinds}{Hint(other)}"),
        };
    }

    /// <summary>What is to be done with a file of an unknown kind, by the end of its name in capitals.</summary>
    internal static string Hint(string ending) => ending switch
    {
        ".GZ" or ".ZIP" or ".BZ2" or ".XZ" or ".ZST" => ": unpack it",
        ".XLSX" or ".XLS" or ".ODS" => ": save the sheet as CSV in UTF-8",
        ".TXT" or ".TAB" or ".DAT" or "" => ": rename it to what is between its values",
        ".NDJSON" => ": rename it to .jsonl",
        ".ARROW" or ".FEATHER" => ": write it with to_parquet or to_json",
        _ => "",
    };

    private static DataTable Json(string path, Encoding? encoding)
    {
        var origin = $"data set '{path}'";
        var text = NonFiniteJson.Accept(
            TextInput.Decode(InputPath.Read(path, "data set", File.ReadAllBytes), origin, encoding));
        var columns = new List<string>();
        var rows = new List<DataRow>();
        foreach (var (line, element, problem) in RecordLayout.Read(text, origin))
        {
            var place = line > 0 ? $"line {line}" : $"record {rows.Count + 1}";
            var entries = element.ValueKind == JsonValueKind.Object ? element.EnumerateObject().ToArray() : [];
            var cells = new Dictionary<string, DataCell>();
            var twice = entries.FirstOrDefault(entry => !cells.TryAdd(entry.Name, Cell(entry.Value)));
            columns.AddRange(cells.Keys.Except(columns));
            rows.Add(new DataRow(
                place, [.. columns.Select(name => cells.GetValueOrDefault(name))],
                element.ValueKind != JsonValueKind.Object ? problem ?? "no JSON object"
                    : twice.Value.ValueKind != JsonValueKind.Undefined ? $"'{twice.Name}' twice"
                    : entries.Any(IsNestedLabel) ? "'label' is a list or an object; expected one class or number"
                    : null));
        }

        return DataTable.Of(path, columns, [.. rows.Select(row => Filled(row, columns.Count))], hasTypes: true);
    }

    private static DataTable Parquet(string path) => InputPath.Read(path, "Parquet file", _ =>
    {
        using var stream = File.OpenRead(path);
        try
        {
            var found = ParquetSerializer.DeserializeUntypedAsync(stream).GetAwaiter().GetResult();
            string[] columns = [.. found.Schema.Fields.Select(field => field.Name)];
            var rows = found.Data.Select((row, index) => new DataRow(
                $"row {index + 1}", [.. columns.Select(name => Cell(row.GetValueOrDefault(name)))]));
            return DataTable.Of(path, columns, [.. rows], hasTypes: true);
        }
        catch (Exception error) when (error is not (InvalidDataException or IOException or UnauthorizedAccessException)
            || error is EndOfStreamException)
        {
            throw new InvalidDataException(
                $"The data set '{path}' is no whole Parquet file ({error.Message}); get it again", error);
        }
    });

    /// <summary>A row of JSON that lacks the columns which later rows brought.</summary>
    private static DataRow Filled(DataRow row, int columns) =>
        row with { Cells = [.. row.Cells, .. Enumerable.Repeat(default(DataCell), columns - row.Cells.Count)] };

    private static bool IsNestedLabel(JsonProperty entry) =>
        entry.Name == "label" && entry.Value.ValueKind is (JsonValueKind.Array or JsonValueKind.Object);

    private static DataCell Cell(JsonElement value) => value.ValueKind switch
    {
        JsonValueKind.Null => default,
        JsonValueKind.String => new(value.GetString(), IsText: true),
        _ => new(NonFiniteJson.NameOf(value) ?? value.GetRawText(), IsText: false),
    };

    private static DataCell Cell(object? value) => value switch
    {
        null => default,
        string text => new(text, IsText: true),
        System.Collections.IEnumerable and not byte[] => default, // neither a text nor a label
        byte[] bytes => new(Encoding.UTF8.GetString(bytes), IsText: true),
        double number => new(Fraction(number), IsText: false),
        float number => new(Fraction(number), IsText: false),
        IFormattable other => new(other.ToString(null, CultureInfo.InvariantCulture), IsText: false),
        _ => new(value.ToString(), IsText: false),
    };

    /// <summary>A number of a column of fractions keeps its point: 1.0 is no class.</summary>
    private static string Fraction(double number) =>
        number.ToString("R", CultureInfo.InvariantCulture) is var text
            && text.All(c => char.IsAsciiDigit(c) || c == '-')
            ? $"{text}.0"
            : text;
}
