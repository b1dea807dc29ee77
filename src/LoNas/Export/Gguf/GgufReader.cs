using System.Text;

namespace LoNas.Export.Gguf;

/// <summary>
/// The numbers and texts of a GGUF header, in order. Nothing it says is believed: what reaches beyond the file is an error
/// before anything is read or allocated for it.
/// </summary>
internal sealed class GgufReader(string path, Stream stream) : IDisposable
{
    private const int MostNested = 4;
    private const int LongestName = 1 << 16;
    private const uint StringKind = 8;
    private const uint ArrayKind = 9;

    /// <summary>Bytes of a value by the number of its kind; 0 for the two that have none of their own.</summary>
    private static readonly int[] Sizes = [1, 1, 2, 2, 4, 4, 4, 1, 0, 0, 8, 8, 8];

    private readonly BinaryReader _reader = new(stream, Encoding.UTF8);

    public long Position => stream.Position;

    public uint UInt32() => Take(4) ? _reader.ReadUInt32() : 0;

    public long Int64() => Take(8) ? _reader.ReadInt64() : 0;

    /// <summary>A number of things of which each takes some bytes of the file.</summary>
    public long Count(string what, int bytesEach)
    {
        long count = Int64();
        return count >= 0 && count <= (stream.Length - stream.Position) / bytesEach
            ? count
            : throw Bad($"it claims {count} {what} where {stream.Length - stream.Position} bytes are left");
    }

    /// <summary>A name.</summary>
    public string Text()
    {
        long length = Count("bytes of text", 1);
        return length <= LongestName
            ? Encoding.UTF8.GetString(_reader.ReadBytes((int)length))
            : throw Bad($"it has a name of {length} bytes; expected at most {LongestName}");
    }

    /// <summary>Passes over a value.</summary>
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

    /// <summary>The error that the file is no GGUF file as it should be.</summary>
    public InvalidDataException Bad(string reason) =>
        new($"The GGUF file '{path}' can't be used: {reason}; write it again");

    public void Dispose() => _reader.Dispose();

    private void SkipArray(int depth)
    {
        uint element = UInt32();
        int size = element < Sizes.Length ? Sizes[element] : 0;
        // A text or an array has a length at least.
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
