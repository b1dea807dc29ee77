using System.Buffers;
using System.Runtime.InteropServices;
using System.Text;
using System.Text.Json;

namespace LoNas.Storage;

/// <summary>
/// NaN, Infinity and -Infinity, which Python writes into JSON and JSON does not have. They are read as numbers that no
/// double holds and nobody writes, so that a key which is not used may have one, and where it is used it is not finite.
/// </summary>
internal static class NonFiniteJson
{
    private static readonly (string Name, byte[] Word, byte[] Number)[] Rows =
    [
        ("NaN", "NaN"u8.ToArray(), "1e999991"u8.ToArray()),
        ("Infinity", "Infinity"u8.ToArray(), "1e999992"u8.ToArray()),
        ("-Infinity", "-Infinity"u8.ToArray(), "-1e999993"u8.ToArray()),
    ];

    private static readonly SearchValues<byte> Beginnings = SearchValues.Create("NI-\"/"u8);

    /// <summary>The JSON with these words as numbers; the bytes themselves where it has none.</summary>
    public static ReadOnlyMemory<byte> Accept(ReadOnlyMemory<byte> json)
    {
        if (json.Span.IndexOf("NaN"u8) < 0 && json.Span.IndexOf("Infinity"u8) < 0)
        {
            return json;
        }

        MemoryStream? changed = null;
        int copied = 0;
        for (int at = 0, step; (step = json.Span[at..].IndexOfAny(Beginnings)) >= 0;)
        {
            at += step;
            if (Row(json.Span, at) is { } row)
            {
                changed ??= new MemoryStream(json.Length + 64);
                changed.Write(json.Span[copied..at]);
                changed.Write(row.Number);
                copied = at += row.Word.Length;
            }
            else
            {
                at = Past(json.Span, at);
            }
        }

        if (changed is null)
        {
            return json;
        }

        changed.Write(json.Span[copied..]);
        return changed.GetBuffer().AsMemory(0, (int)changed.Length);
    }

    /// <summary>How Python wrote a number that is not finite; null for any other value.</summary>
    public static string? NameOf(JsonElement value) =>
        value.ValueKind == JsonValueKind.Number && JsonMarshal.GetRawUtf8Value(value) is { Length: 8 or 9 } raw
            ? NameOf(raw)
            : null;

    /// <summary>The JSON as it was written.</summary>
    public static string Original(string json) =>
        Rows.Aggregate(json, (text, row) => text.Replace(Encoding.UTF8.GetString(row.Number), row.Name));

    /// <summary>The bytes that <see cref="Accept"/> has put before a place of a line, counted from 0.</summary>
    public static long Added(ReadOnlySpan<byte> json, long line, long place)
    {
        for (; line > 0; line--)
        {
            json = json[(json.IndexOf((byte)'\n') + 1)..];
        }

        var (_, word, number) = Rows[0];
        return (number.Length - word.Length) * (long)json[..(int)Math.Min(place, json.Length)].Count(number);
    }

    private static string? NameOf(ReadOnlySpan<byte> raw)
    {
        foreach (var (name, _, number) in Rows)
        {
            if (raw.SequenceEqual(number))
            {
                return name;
            }
        }

        return null;
    }

    /// <summary>The word that stands at a place as a value of its own.</summary>
    private static (byte[] Word, byte[] Number)? Row(ReadOnlySpan<byte> json, int at)
    {
        foreach (var (_, word, number) in Rows)
        {
            if (json[at..].StartsWith(word) && (at == 0 || !IsOfAWord(json[at - 1]))
                && (at + word.Length == json.Length || !IsOfAWord(json[at + word.Length])))
            {
                return (word, number);
            }
        }

        return null;
    }

    private static bool IsOfAWord(byte value) => char.IsAsciiLetterOrDigit((char)value) || value is (byte)'.'
        or (byte)'_' or (byte)'+' or (byte)'-';

    /// <summary>The place behind a string or a comment that begins here, or behind this byte.</summary>
    private static int Past(ReadOnlySpan<byte> json, int at)
    {
        if (json[at] == '"')
        {
            for (at++; at < json.Length && json[at] != '"'; at++)
            {
                at += json[at] == '\\' ? 1 : 0;
            }

            return Math.Min(json.Length, at + 1);
        }

        var end = json[at..] switch
        {
            [(byte)'/', (byte)'/', ..] => "\n"u8,
            [(byte)'/', (byte)'*', ..] => "*/"u8,
            _ => default,
        };
        int length = end.IsEmpty ? 0 : json[(at + 1)..].IndexOf(end);
        return length < 0 ? json.Length : at + 1 + length;
    }
}
