using System.Text.Json;
using LoNas.Storage;

namespace LoNas.Data;

/// <summary>
/// Finds the records of a file in whatever layout they have: an array, one object a line, objects one after another, or
/// one object that is a record, holds a list of records, or holds their columns.
/// </summary>
internal static class RecordLayout
{
    private static readonly JsonReaderOptions Options = new()
    {
        AllowTrailingCommas = true,
        CommentHandling = JsonCommentHandling.Skip,
        AllowMultipleValues = true,
    };

    private static ReadOnlySpan<byte> WhiteSpace => " \t\r\n"u8;

    /// <summary>
    /// The records in order, each with the line where it begins, or 0 in an array; an undefined element stands for what
    /// is no whole object.
    /// </summary>
    /// <param name="text">The file as UTF-8.</param>
    /// <param name="origin">Names it in errors.</param>
    /// <exception cref="InvalidDataException">It is no JSON, or in no such layout.</exception>
    public static IEnumerable<(int Line, JsonElement Element)> Read(ReadOnlyMemory<byte> text, string origin)
    {
        if (IsBlank(text))
        {
            return [];
        }

        if (text.Span.TrimStart(WhiteSpace)[0] != '{')
        {
            return Items(JsonInput.Parse(text, origin), origin);
        }

        // A record a line is looked for first, since nothing but the first line need be read for that.
        int first = text.Length - text.Span.TrimStart(WhiteSpace).Length;
        int end = EndOfValue(text.Span, first);
        bool isLine = end >= 0 && !text.Span[first..end].Contains((byte)'\n');
        return end >= 0 && IsBlank(text[end..]) ? SingleObject.Records(JsonInput.Parse(text, origin), origin)
            : isLine || (end < 0 && LooksLikeLines(text[first..])) ? Lines(text)
            : end < 0 ? Items(JsonInput.Parse(text, origin), origin)
            : Values(text);
    }

    private static IEnumerable<(int Line, JsonElement Element)> Items(JsonElement root, string origin) =>
        root.ValueKind == JsonValueKind.Array
            ? root.EnumerateArray().Select(element => (0, element))
            : throw new InvalidDataException(
                $"The {origin} holds a JSON {root.ValueKind}; expected an array of records, or one record a line");

    private static IEnumerable<(int Line, JsonElement Element)> Lines(ReadOnlyMemory<byte> text)
    {
        for (int number = 1; !text.IsEmpty; number++)
        {
            int end = text.Span.IndexOf((byte)'\n');
            var line = end < 0 ? text : text[..end];
            text = end < 0 ? default : text[(end + 1)..];
            if (!IsBlank(line))
            {
                yield return (number, Parse(line));
            }
        }
    }

    /// <summary>Objects one after another; behind one that is not whole nothing can be found.</summary>
    private static IEnumerable<(int Line, JsonElement Element)> Values(ReadOnlyMemory<byte> text)
    {
        int line = 1;
        for (int at = 0, end; !IsBlank(text[at..]); at = end)
        {
            int start = text.Length - text.Span[at..].TrimStart(WhiteSpace).Length;
            line += text.Span[at..start].Count((byte)'\n');
            end = EndOfValue(text.Span, start);
            yield return (line, end < 0 ? default : Parse(text[start..end]));
            if (end < 0)
            {
                yield break;
            }

            line += text.Span[start..end].Count((byte)'\n');
        }
    }

    private static JsonElement Parse(ReadOnlyMemory<byte> text)
    {
        try
        {
            return JsonInput.Parse(text, "line");
        }
        catch (InvalidDataException)
        {
            return default;
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
