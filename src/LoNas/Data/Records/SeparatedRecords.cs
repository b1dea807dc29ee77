using System.Buffers;
using System.Text.Encodings.Web;
using System.Text.Json;
using CsvHelper;
using LoNas.Storage;

namespace LoNas.Data.Records;

/// <summary>Reads CSV and TSV row by row; every cell is text.</summary>
internal static class SeparatedRecords
{
    private static readonly JsonWriterOptions Plain = new() { Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping };

    /// <summary>The rows of a CSV file.</summary>
    public static IEnumerable<RawRecord> Commas(Func<Stream> open, string path) =>
        Records(open, path, ",", () => CsvMode.RFC4180);

    /// <summary>The rows of a TSV file, whose quotes are looked at first.</summary>
    public static IEnumerable<RawRecord> Tabs(Func<Stream> open, string path) =>
        Records(open, path, "\t", () => SeparatedFile.TabMode(open));

    private static IEnumerable<RawRecord> Records(
        Func<Stream> open, string path, string separator, Func<CsvMode> mode)
    {
        string[]? columns = null;
        var buffer = new ArrayBufferWriter<byte>();
        using var text = open();
        foreach (var row in SeparatedFile.Rows(text, separator, mode()))
        {
            if (columns is null && row.Problem is null)
            {
                columns = RequireNames(row.Values, path);
                continue;
            }

            if (row.Problem is { } unended)
            {
                // Left out as one bad record, it would take the rest of the file along.
                throw new InvalidDataException(
                    $"The data set '{path}', line {row.Line}: {unended}; close or double it");
            }

            columns ??= [];
            var problem = row.Values.Length == columns.Length ? null
                : $"{row.Values.Length} columns; expected {columns.Length} ({Excerpt.Of(columns)})";
            yield return new(
                "line", row.Line, problem is null ? Object(columns, row.Values, buffer) : default, problem);
        }
    }

    private static string[] RequireNames(string[] columns, string path) =>
        columns.GroupBy(name => name).FirstOrDefault(names => names.Count() > 1) is { } twice
            ? throw new InvalidDataException(
                $"The data set '{path}' has the column '{twice.Key}' twice; rename or remove one")
            : columns;

    private static JsonElement Object(string[] columns, string[] values, ArrayBufferWriter<byte> buffer)
    {
        buffer.ResetWrittenCount();
        using (var writer = new Utf8JsonWriter(buffer, Plain))
        {
            writer.WriteStartObject();
            for (int i = 0; i < columns.Length; i++)
            {
                writer.WriteString(columns[i], values[i]);
            }

            writer.WriteEndObject();
        }

        return JsonElement.Parse(buffer.WrittenSpan);
    }
}
