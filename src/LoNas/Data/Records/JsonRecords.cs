using System.Runtime.InteropServices;
using System.Text.Json;
using LoNas.Storage;

namespace LoNas.Data.Records;

/// <summary>
/// Reads JSON and JSON Lines. Arrays and lines are read record by record; other layouts, such as one object with
/// columns, are read whole.
/// </summary>
internal static class JsonRecords
{
    /// <summary>The records in order.</summary>
    /// <param name="open">Opens the text.</param>
    /// <param name="origin">Names the file in errors.</param>
    /// <param name="keys">Keys of which every record has one.</param>
    /// <exception cref="InvalidDataException">It is no JSON, or in no layout of records.</exception>
    public static IEnumerable<RawRecord> Read(
        Func<Stream> open, string origin, IReadOnlyCollection<string> keys)
    {
        using var window = new TextWindow(open(), origin);
        int first = window.Next();
        var records = first switch
        {
            -1 => [],
            '[' => Items(window, origin),
            '{' when IsLines(window) => Lines(window),
            _ => Whole(open, origin, keys),
        };
        foreach (var record in records)
        {
            yield return record;
        }
    }

    /// <summary>
    /// Whether a file that begins with an object has a record on each line: more comes behind a first line that is one
    /// object, or an object on a line behind a first one that is damaged.
    /// </summary>
    private static bool IsLines(TextWindow window)
    {
        int end = window.LineLength();
        int next = end;
        while (next >= 0 && window.LineLength(next) is var behind && window.Held.Span[next..(behind < 0
            ? window.Held.Length : behind)].TrimStart(" \t\r\n"u8).IsEmpty)
        {
            next = behind;
        }

        if (end < 0 || next < 0)
        {
            return false; // one object alone, or a line that lacks its end
        }

        var line = window.Held.Span[..end];
        int length = default(JsonExtent).End(line, isAll: true);
        return length < 0
            ? window.Held.Span[next..].TrimStart(" \t\r\n"u8)[0] == '{'
            : line[length..].TrimStart(" \t\r\n,"u8).IsEmpty;
    }

    private static IEnumerable<RawRecord> Lines(TextWindow window)
    {
        while (true)
        {
            int end = window.LineLength();
            int length = end < 0 ? window.Held.Length : end;
            long at = window.Line;
            var line = window.Held[..length];
            if (!line.Span.TrimStart(" \t\r\n"u8).IsEmpty)
            {
                var record = RawRecord.Parse(line, "line", at, out var error);
                foreach (var each in error is null ? [record] : Several(line.ToArray(), at))
                {
                    yield return each;
                }
            }

            window.Take(length);
            if (end < 0)
            {
                yield break;
            }
        }
    }

    /// <summary>The records of a line that is not one value.</summary>
    private static IEnumerable<RawRecord> Several(ReadOnlyMemory<byte> line, long at) =>
        RecordLayout.OfLine(line, 1).Select(found => Checked(found) with { Unit = "line", At = at });

    /// <summary>The records of an array.</summary>
    private static IEnumerable<RawRecord> Items(TextWindow window, string origin)
    {
        window.Take(1);
        bool needsComma = false;
        for (int next; (next = window.Next()) != ']';)
        {
            if (next == -1)
            {
                throw Invalid(origin, window.Line, window.Column,
                    "it ends in the middle of a value; it is cut off, write or get it again");
            }

            if (needsComma != (next == ','))
            {
                throw Invalid(origin, window.Line, window.Column, needsComma
                    ? "expected a comma or the end of the list behind a record" : "a comma without a record before it");
            }

            if (next == ',')
            {
                window.Take(1);
                needsComma = false;
                continue;
            }

            yield return Item(window, origin);
            needsComma = true;
        }

        window.Take(1);
        if (window.Next() != -1)
        {
            throw Invalid(origin, window.Line, window.Column, "expected nothing behind the list of records");
        }
    }

    private static RawRecord Item(TextWindow window, string origin)
    {
        var extent = default(JsonExtent);
        int end;
        for (bool isAll = false; (end = extent.End(window.Held.Span, isAll)) < 0; isAll = !window.Fill())
        {
            if (isAll)
            {
                throw Invalid(origin, window.Line, window.Column,
                    "a record begins there and does not end; the file is cut off, write or get it again");
            }
        }

        var text = window.Held[..end];
        var record = RawRecord.Parse(text, "line", window.Line, out var error);
        if (error is not null)
        {
            var (line, place) = (error.LineNumber ?? 0, error.BytePositionInLine ?? 0);
            place -= NonFiniteJson.Added(NonFiniteJson.Accept(text).Span, line, place);
            throw Invalid(
                origin, window.Line + line, place + (line == 0 ? window.Column : 0), JsonInput.Reason(error), error);
        }

        window.Take(end);
        return record;
    }

    private static InvalidDataException Invalid(
        string origin, long line, long column, string reason, Exception? error = null) =>
        new($"The {origin} is not valid JSON at line {line}, byte {column + 1}: {reason}", error);

    private static IEnumerable<RawRecord> Whole(Func<Stream> open, string origin, IReadOnlyCollection<string> keys)
    {
        using var window = new TextWindow(open(), origin);
        while (window.Fill())
        {
        }

        return RecordLayout.Read(NonFiniteJson.Accept(window.Held), origin, keys).Select(Checked);
    }

    /// <summary>A record of another layout, in which no key stands twice.</summary>
    private static RawRecord Checked(FoundRecord found)
    {
        var unit = found.Line > 0 ? "line" : "";
        return found.Element.ValueKind == JsonValueKind.Undefined
            ? new(unit, found.Line, default, found.Problem ?? "no whole JSON object; expected one record on each line")
            : RawRecord.Parse(JsonMarshal.GetRawUtf8Value(found.Element).ToArray(), unit, found.Line, out _);
    }
}
