using System.Text;
using System.Text.Json;
using LoNas.Storage;

namespace LoNas.Data;

/// <summary>A record as it lies in a file.</summary>
/// <param name="Line">The line where it begins; 0 in an array.</param>
/// <param name="Element">The record; undefined for what is no whole object.</param>
/// <param name="Problem">Why it is none, where that is known.</param>
internal readonly record struct FoundRecord(int Line, JsonElement Element, string? Problem = null);

/// <summary>
/// Finds the records of a file in whatever layout they have: an array, one object a line, objects one after another, or
/// one object that is a record, holds a list of records, or holds their columns.
/// </summary>
internal static class RecordLayout
{
    private static readonly JsonReaderOptions Options = new()
    {
        MaxDepth = JsonInput.MostLevels,
        AllowTrailingCommas = true,
        CommentHandling = JsonCommentHandling.Skip,
        AllowMultipleValues = true,
    };

    private static ReadOnlySpan<byte> WhiteSpace => " \t\r\n"u8;

    /// <summary>The records in order.</summary>
    /// <param name="text">The file as UTF-8.</param>
    /// <param name="origin">Names it in errors.</param>
    /// <param name="keys">Keys of which every record has one; null: <c>instruction</c>.</param>
    /// <exception cref="InvalidDataException">It is no JSON, or in no such layout.</exception>
    public static IEnumerable<FoundRecord> Read(
        ReadOnlyMemory<byte> text, string origin, IReadOnlyCollection<string>? keys = null)
    {
        if (IsBlank(text))
        {
            return [];
        }

        if (text.Span.TrimStart(WhiteSpace)[0] != '{')
        {
            return Items(Parse(text, origin), origin);
        }

        // A record a line is looked for first, since nothing but the first line need be read for that.
        int first = text.Length - text.Span.TrimStart(WhiteSpace).Length;
        int end = EndOfValue(text.Span, first);
        bool isLine = end >= 0 && !text.Span[first..end].Contains((byte)'\n');
        return end >= 0 && IsBlank(text[end..]) ? SingleObject.Records(JsonInput.Parse(text, origin), origin, keys)
            : isLine || (end < 0 && LooksLikeLines(text[first..])) ? Lines(text)
            : end < 0 ? Items(JsonInput.Parse(text, origin), origin)
            : Values(text, line: 1);
    }

    /// <summary>The root of a file that begins with no object, and is often no JSON at all.</summary>
    private static JsonElement Parse(ReadOnlyMemory<byte> text, string origin)
    {
        var start = text.Span.TrimStart(WhiteSpace);
        if (start[0] is (byte)'[' or (byte)'/')
        {
            return JsonInput.Parse(text, origin);
        }

        int end = start.IndexOfAny("\r\n"u8);
        var line = end < 0 ? start : start[..end];
        var kind = line.ContainsAny(",;\t"u8) && end >= 0 ? "looks like CSV" : "is no JSON";
        try
        {
            return JsonInput.Parse(text, origin);
        }
        catch (InvalidDataException error)
        {
            throw new InvalidDataException(
                $"The {origin} {kind}: it begins with '{Excerpt.Of(Encoding.UTF8.GetString(line), most: 40)}'; "
                + "expected an array of records, or one record a line, as to_json of datasets and pandas write them",
                error);
        }
    }

    private static IEnumerable<FoundRecord> Items(JsonElement root, string origin) =>
        root.ValueKind == JsonValueKind.Array
            ? root.EnumerateArray().Select(element => new FoundRecord(0, element))
            : throw new InvalidDataException(
                $"The {origin} holds a JSON {root.ValueKind}; expected an array of records, or one record a line");

    private static IEnumerable<FoundRecord> Lines(ReadOnlyMemory<byte> text)
    {
        for (int number = 1; !text.IsEmpty; number++)
        {
            int end = text.Span.IndexOf((byte)'\n');
            var line = end < 0 ? text : text[..end];
            text = end < 0 ? default : text[(end + 1)..];
            foreach (var record in IsBlank(line) ? [] : OfLine(line, number))
            {
                yield return record;
            }
        }
    }

    /// <summary>The record of a line; several where they stand one after another.</summary>
    internal static IEnumerable<FoundRecord> OfLine(ReadOnlyMemory<byte> line, int number)
    {
        var record = Parse(line, number);
        // A line that is cut off may end in a comma, too.
        bool hasComma = line.Span.TrimEnd(WhiteSpace) is [.. var whole, (byte)','] && EndOfValue(whole, 0) >= 0;
        return record.Element.ValueKind != JsonValueKind.Undefined || record.Problem is not null ? [record]
            : hasComma ? [record with { Problem = "a comma behind the object; expected one record on each line, "
                + "without commas between them" }]
            : Values(line, number);
    }

    /// <summary>Objects one after another; behind one that is not whole nothing can be found.</summary>
    private static IEnumerable<FoundRecord> Values(ReadOnlyMemory<byte> text, int line)
    {
        for (int at = 0, end; !IsBlank(text[at..]); at = end)
        {
            int start = text.Length - text.Span[at..].TrimStart(WhiteSpace).Length;
            line += text.Span[at..start].Count((byte)'\n');
            end = EndOfValue(text.Span, start);
            yield return end < 0 ? new(line, default) : Parse(text[start..end], line);
            if (end < 0)
            {
                yield break;
            }

            line += text.Span[start..end].Count((byte)'\n');
        }
    }

    private static FoundRecord Parse(ReadOnlyMemory<byte> text, int line)
    {
        try
        {
            return new(line, JsonInput.Parse(text, "line"));
        }
        catch (InvalidDataException error)
        {
            return new(line, default, error.InnerException is InvalidOperationException
                ? "an escape that is no text, half of a surrogate pair such as \\ud83d; expected text"
                : null);
        }
    }

    /// <summary>Where the value that begins at a place ends; -1 if it is not whole.</summary>
    private static int EndOfValue(ReadOnlySpan<byte> text, int start)
    {
        try
        {
            var reader = new Utf8JsonReader(text[start..], Options);
            reader.Read();
            reader.Skip();
            return start + (int)reader.BytesConsumed;
        }
        catch (JsonException)
        {
            return -1;
        }
    }

    /// <summary>Whether a file whose first object is damaged has one on its next line, or has no next line.</summary>
    private static bool LooksLikeLines(ReadOnlyMemory<byte> text)
    {
        int end = text.Span.IndexOf((byte)'\n');
        return end < 0 || text.Span[end..].TrimStart(WhiteSpace) is [(byte)'{', ..] or [];
    }

    private static bool IsBlank(ReadOnlyMemory<byte> text) => text.Span.TrimStart(WhiteSpace).IsEmpty;
}
