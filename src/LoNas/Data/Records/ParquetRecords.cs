using System.Buffers;
using System.Collections;
using System.Globalization;
using System.Text;
using System.Text.Encodings.Web;
using System.Text.Json;
using Parquet;
using Parquet.Serialization;

namespace LoNas.Data.Records;

/// <summary>Reads Parquet, one group of rows at a time; lists and structures become those of JSON.</summary>
internal static class ParquetRecords
{
    private static readonly JsonWriterOptions Plain = new() { Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping };

    /// <summary>The rows in order.</summary>
    /// <exception cref="InvalidDataException">It is no whole Parquet file.</exception>
    public static IEnumerable<RawRecord> Read(Func<Stream> open, string path)
    {
        using var stream = open();
        int groups = Guarded(path, () => Groups(stream).GetAwaiter().GetResult());
        long row = 0;
        var buffer = new ArrayBufferWriter<byte>();
        for (int group = 0; group < groups; group++)
        {
            stream.Position = 0;
            var found = Guarded(path, () => ParquetSerializer.DeserializeUntypedAsync(stream, rowGroupIndex: group)
                .GetAwaiter().GetResult());
            string[] columns = [.. found.Schema.Fields.Select(field => field.Name)];
            foreach (var values in found.Data)
            {
                buffer.ResetWrittenCount();
                using (var writer = new Utf8JsonWriter(buffer, Plain))
                {
                    writer.WriteStartObject();
                    foreach (var column in columns)
                    {
                        writer.WritePropertyName(column);
                        Write(writer, values.TryGetValue(column, out var value) ? value : null);
                    }

                    writer.WriteEndObject();
                }

                yield return new("row", ++row, JsonElement.Parse(buffer.WrittenSpan));
            }
        }
    }

    private static async Task<int> Groups(Stream stream)
    {
        await using var reader = await ParquetReader.CreateAsync(stream, leaveStreamOpen: true).ConfigureAwait(false);
        return reader.RowGroupCount;
    }

    private static T Guarded<T>(string path, Func<T> read)
    {
        try
        {
            return read();
        }
        catch (Exception error) when (error is not (InvalidDataException or OutOfMemoryException))
        {
            // What is damaged fails in many ways, as an IOException among others.
            throw new InvalidDataException(
                $"The data set '{path}' is no whole Parquet file ({error.Message}); get it again", error);
        }
    }

    /// <summary>
    /// Writes a structure. All of a column have the same keys, those that are not set among them: these are left out,
    /// but for a message's content, so that a template does not see keys that the record did not have.
    /// </summary>
    private static void Write(Utf8JsonWriter writer, IDictionary<string, object> values)
    {
        writer.WriteStartObject();
        foreach (var (name, value) in values)
        {
            if (value is not null || name == "content")
            {
                writer.WritePropertyName(name);
                Write(writer, value);
            }
        }

        writer.WriteEndObject();
    }

    private static void Write(Utf8JsonWriter writer, object? value)
    {
        switch (value)
        {
            case null:
                writer.WriteNullValue();
                break;
            case IDictionary<string, object> structure:
                Write(writer, structure);
                break;
            case byte[] bytes:
                writer.WriteStringValue(Encoding.UTF8.GetString(bytes));
                break;
            case string text:
                writer.WriteStringValue(text);
                break;
            case bool flag:
                writer.WriteBooleanValue(flag);
                break;
            case IEnumerable list:
                writer.WriteStartArray();
                foreach (var entry in list)
                {
                    Write(writer, entry);
                }

                writer.WriteEndArray();
                break;
            case double number:
                WriteNumber(writer, number);
                break;
            case float number:
                WriteNumber(writer, number);
                break;
            case sbyte or byte or short or ushort or int or uint or long or ulong or decimal:
                writer.WriteRawValue(((IFormattable)value).ToString(null, CultureInfo.InvariantCulture));
                break;
            default:
                writer.WriteStringValue(value is IFormattable other
                    ? other.ToString(null, CultureInfo.InvariantCulture) : value.ToString());
                break;
        }
    }

    private static void WriteNumber(Utf8JsonWriter writer, double number)
    {
        if (double.IsFinite(number))
        {
            var text = number.ToString("R", CultureInfo.InvariantCulture);
            writer.WriteRawValue(text.AsSpan().IndexOfAny(".eE") < 0 ? $"{text}.0" : text);
        }
        else
        {
            writer.WriteNullValue(); // pandas' empty cell
        }
    }
}
