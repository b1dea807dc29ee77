using System.Text;

namespace LoNas.Export.Gguf;

/// <summary>
/// Reads the numbers and texts of a GGUF header in order. The file is not trusted: a length beyond the end of the file
/// is an error before anything is read or allocated.
/// </summary>
internal sealed class GgufReader(string path, Stream stream) : IDisposable
{
    private const int MostNested = 4;
    private const int LongestName = 1 << 16;
    private const uint StringKind = 8;
    private const uint ArrayKind = 9;

    /// <summary>The size in bytes of each kind of value; 0 for string and array, which have no fixed size.</summary>
    private static readonly int[] Sizes = [1, 1, 2, 2, 4, 4, 4, 1, 0, 0, 8, 8, 8];

    private readonly BinaryReader _reader = new(stream, Encoding.UTF8);

    public long Position => stream.Position;

    public uint UInt32() => Take(4) ? _reader.ReadUInt32() : 0;

    public long Int64() => Take(8) ? _reader.ReadInt64() : 0;

    /// <summary>
    /// Reads a count of things that each take at least <paramref name="bytesEach"/> bytes of the file.
    /// </summary>
    public long Count(string what, int bytesEach)
    {
        long count = Int64();
        return count >= 0 && count <= (stream.Length - stream.Position) / bytesEach
            ? count
            : throw Bad($"it claims {count} {what} where {stream.Length - stream.Position} bytes are left");
    }

    /// <summary>Reads a name.</summary>
    public string Text()
    {
        long length = Count("bytes of text", 1);
        return length <= LongestName
            ? Encoding.UTF8.GetString(_reader.ReadBytes((int)length))
            : throw Bad($"it has a name of {length} bytes; expected at most {LongestName}");
    }

    /// <summary>Skips a value.</summary>
    public void SkipValue(uint kind, int depth = 0)
    {
        switch (kind)
        {
            case StringKind:
                long length = Count("bytes of text", 1);
                stream.Position += length;
                break;
            case ArrayKind when depth < MostNested:
                SkipArray(depth);
                break;
            case < 13 and not ArrayKind:
                Take(Sizes[kind]);
                stream.Position += Sizes[kind];
                break;
            default:
                throw Bad($"it has a value of kind {kind}; expected 0 to 12, not nested deeper than {MostNested}");
        }
    }

    /// <summary>The error for an invalid file.</summary>
    public InvalidDataException Bad(string reason) =>
        new($"The GGUF file '{path}' can't be used: {reason}; write it again");

    public void Dispose() => _reader.Dispose();

    private void SkipArray(int depth)
    {
        uint element = UInt32();
        int size = element < Sizes.Length ? Sizes[element] : 0;
        // A text or an array takes at least the 8 bytes of its length.
        long count = Count("values", size > 0 ? size : 8);
        if (size > 0)
        {
            stream.Position += count * size;
            return;
        }

        for (; count > 0; count--)
        {
            SkipValue(element, depth + 1);
        }
    }

    private bool Take(int bytes) => bytes <= stream.Length - stream.Position
        ? true
        : throw Bad($"it ends at byte {stream.Length}, within its header");
}
