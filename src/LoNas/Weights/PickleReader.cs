using System.Buffers.Binary;
using System.Text;

namespace LoNas.Weights;

/// <summary>
/// Reads the operands of a pickle's opcodes in order. A length beyond the end of the data is an error before anything
/// is allocated.
/// </summary>
internal sealed class PickleReader(byte[] data)
{
    private static readonly UTF8Encoding Strict = new(false, throwOnInvalidBytes: true);

    /// <summary>The position of the next byte.</summary>
    public int Position { get; private set; }

    public byte Byte() => Take(1)[0];

    public long UInt16() => BinaryPrimitives.ReadUInt16LittleEndian(Take(2));

    public long Int32() => BinaryPrimitives.ReadInt32LittleEndian(Take(4));

    public long UInt32() => BinaryPrimitives.ReadUInt32LittleEndian(Take(4));

    public long Int64() => BinaryPrimitives.ReadInt64LittleEndian(Take(8));

    public double Double() => BinaryPrimitives.ReadDoubleBigEndian(Take(8));

    /// <summary>A two's complement integer, preceded by its length in bytes.</summary>
    public long Long()
    {
        int length = Byte();
        if (length > 8)
        {
            throw Bad($"an integer of {length} bytes; expected at most 8");
        }

        long value = 0;
        var bytes = Take(length);
        for (int i = 0; i < length; i++)
        {
            value |= (long)bytes[i] << (8 * i);
        }

        return length is 0 or 8 ? value : value << (64 - (8 * length)) >> (64 - (8 * length));
    }

    /// <summary>UTF-8 text of <paramref name="length"/> bytes.</summary>
    public string Text(long length)
    {
        try
        {
            return Strict.GetString(Take(length));
        }
        catch (DecoderFallbackException)
        {
            throw Bad("text that is not UTF-8");
        }
    }

    /// <summary>Text up to the end of the line.</summary>
    public string Line()
    {
        int length = data.AsSpan(Position).IndexOf((byte)'\n');
        if (length < 0)
        {
            throw Bad("a name without an end");
        }

        var text = Text(length);
        Position++;
        return text;
    }

    /// <summary>The error for an invalid pickle, with the position.</summary>
    public InvalidDataException Bad(string what) => new($"its pickle has {what}, before byte {Position}");

    private ReadOnlySpan<byte> Take(long length)
    {
        if (length < 0 || length > data.Length - Position)
        {
            throw Bad($"an operand of {length} bytes where {data.Length - Position} are left");
        }

        var span = data.AsSpan(Position, (int)length);
        Position += (int)length;
        return span;
    }
}
