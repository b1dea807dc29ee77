using System.Buffers.Binary;
using System.Text.Json;
using LoNas.Storage;
using static TorchSharp.torch;

namespace LoNas.Weights;

/// <summary>One tensor of a safetensors file. Offsets are in bytes from the start of the file.</summary>
internal sealed record SafetensorsEntry(string Name, ScalarType DType, long[] Shape, long Start, long End);

/// <summary>
/// Reads and checks the header of a safetensors file. The file is an 8-byte little-endian length, a JSON header and the
/// data. Only the header is read, and every range in it is checked before it is used. Source: the safetensors format
/// description.
/// </summary>
internal static class SafetensorsHeader
{
    private const long LongestHeader = 100_000_000;

    public static Dictionary<string, SafetensorsEntry> Read(string path)
    {
        using var stream = new FileStream(path, FileMode.Open, FileAccess.Read, FileShare.ReadWrite | FileShare.Delete);
        Span<byte> prefix = stackalloc byte[8];
        if (stream.Length < 8)
        {
            throw Bad(path, $"it has {stream.Length} bytes; expected at least the 8 of the header length");
        }

        stream.ReadExactly(prefix);
        ulong length = BinaryPrimitives.ReadUInt64LittleEndian(prefix);
        if (length > LongestHeader || (long)length > stream.Length - 8)
        {
            throw Bad(path, $"its header claims {length} bytes but the file has {stream.Length}; it is truncated or no "
                + "safetensors file, get it again");
        }

        var json = new byte[length];
        stream.ReadExactly(json);
        try
        {
            return Check(path, Parse(path, json), dataStart: 8 + (long)length, fileLength: stream.Length);
        }
        catch (InvalidOperationException)
        {
            // The JSON reader finds bytes that are not valid text only when a string is read.
            throw Bad(path, "its header is not valid JSON: it holds names that are no text");
        }
    }

    private static JsonElement Parse(string path, byte[] json)
    {
        try
        {
            using var document = JsonDocument.Parse(json);
            return document.RootElement.ValueKind == JsonValueKind.Object
                ? document.RootElement.Clone()
                : throw Bad(path, "its header is no JSON object");
        }
        catch (JsonException error)
        {
            throw Bad(path, $"its header is not valid JSON, first at byte {error.BytePositionInLine + 1}; it is "
                + "damaged or no safetensors file, get it again");
        }
    }

    private static Dictionary<string, SafetensorsEntry> Check(
        string path, JsonElement header, long dataStart, long fileLength)
    {
        var entries = new Dictionary<string, SafetensorsEntry>();
        foreach (var property in header.EnumerateObject())
        {
            if (property.Name == "__metadata__")
            {
                continue;
            }

            var entry = Entry(path, property.Name, property.Value, dataStart, fileLength);
            if (!entries.TryAdd(property.Name, entry))
            {
                throw Bad(path, $"tensor '{Excerpt.Of(property.Name)}' is listed twice");
            }
        }

        RequireWhole(path, entries.Values, dataStart, fileLength);
        return entries;
    }

    /// <summary>
    /// The format leaves no byte of the data without a tensor, and gives none to two: a header that does was written
    /// for other data, so that every tensor behind the gap may be another one's bytes.
    /// </summary>
    private static void RequireWhole(
        string path, IEnumerable<SafetensorsEntry> entries, long dataStart, long fileLength)
    {
        SafetensorsEntry[] ordered = [.. entries.OrderBy(entry => entry.Start).ThenBy(entry => entry.End)];
        foreach (var (before, entry) in ordered.Zip(ordered.Skip(1)).Where(pair => pair.Second.Start < pair.First.End))
        {
            throw Bad(path, $"tensors '{Excerpt.Of(before.Name)}' and '{Excerpt.Of(entry.Name)}' overlap");
        }

        var (end, last) = (dataStart, "the header");
        foreach (var entry in ordered)
        {
            if (entry.Start > end)
            {
                throw Bad(path, $"tensor '{Excerpt.Of(entry.Name)}' begins {entry.Start - end} bytes behind {last}; "
                    + "the format allows no holes: header and data do not belong together, get it again");
            }

            (end, last) = (entry.End, $"the end of '{Excerpt.Of(entry.Name)}'");
        }

        if (end < fileLength)
        {
            throw Bad(path, $"{fileLength - end} bytes at its end belong to no tensor; the format allows none: header "
                + "and data do not belong together, get it again");
        }
    }

    private static SafetensorsEntry Entry(string path, string name, JsonElement value, long dataStart, long fileLength)
    {
        if (value.ValueKind != JsonValueKind.Object
            || !value.TryGetProperty("dtype", out var dtype) || dtype.ValueKind != JsonValueKind.String
            || !Longs(value, "shape", out var shape) || !Longs(value, "data_offsets", out var offsets)
            || offsets.Length != 2)
        {
            throw Bad(path, $"tensor '{Excerpt.Of(name)}' lacks a readable dtype, shape or data_offsets");
        }

        var type = SafetensorsTypes.Find(dtype.GetString()!) ?? throw Bad(
            path, $"tensor '{Excerpt.Of(name)}' has the type {Excerpt.Of(dtype.GetString()!)}; supported are "
            + SafetensorsTypes.AllNames);
        long available = fileLength - dataStart;
        if (offsets[0] < 0 || offsets[1] < offsets[0] || offsets[1] > available)
        {
            throw Bad(path, $"tensor '{Excerpt.Of(name)}' claims bytes {offsets[0]} to {offsets[1]} of {available}; "
                + "the file is truncated or damaged, get it again");
        }

        if (!TensorShape.IsPossible(shape)
            || TensorShape.Count(shape) * SafetensorsTypes.SizeOf(type) != offsets[1] - offsets[0])
        {
            throw Bad(path, $"tensor '{Excerpt.Of(name)}' of shape [{string.Join(", ", shape.Take(16))}] and type "
                + $"{dtype.GetString()} does not fill its {offsets[1] - offsets[0]} bytes exactly");
        }

        return new SafetensorsEntry(name, type, shape, dataStart + offsets[0], dataStart + offsets[1]);
    }

    private static bool Longs(JsonElement parent, string key, out long[] values)
    {
        values = [];
        if (!parent.TryGetProperty(key, out var array) || array.ValueKind != JsonValueKind.Array)
        {
            return false;
        }

        values = new long[array.GetArrayLength()];
        for (int i = 0; i < values.Length; i++)
        {
            if (array[i].ValueKind != JsonValueKind.Number || !array[i].TryGetInt64(out values[i]))
            {
                return false;
            }
        }

        return true;
    }

    private static InvalidDataException Bad(string path, string reason) =>
        new($"The safetensors file '{path}' can't be used: {reason}");
}
