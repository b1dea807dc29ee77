using System.Buffers.Binary;
using System.Text;

namespace LoNas.MutationTests.Mutations;

/// <summary>
/// A ZIP archive of uncompressed entries, written byte by byte, so that every field can be wrong: the numbers in the
/// records, their order and their ranges.
/// </summary>
internal sealed class StoredZip
{
    private readonly MemoryStream _bytes = new();
    private readonly MemoryStream _directory = new();
    private int _count;

    /// <summary>Adds an entry; <paramref name="lie"/> may change its record in the directory.</summary>
    public StoredZip Add(string name, byte[] data, Action<byte[]>? lie = null, byte[]? extra = null)
    {
        var text = Encoding.UTF8.GetBytes(name);
        extra ??= [];
        var record = new byte[46];
        Write(record, 0, 0x02014B50);
        Write(record, 20, (uint)data.Length);
        Write(record, 24, (uint)data.Length);
        BinaryPrimitives.WriteUInt16LittleEndian(record.AsSpan(28), (ushort)text.Length);
        BinaryPrimitives.WriteUInt16LittleEndian(record.AsSpan(30), (ushort)extra.Length);
        Write(record, 42, (uint)_bytes.Length);
        lie?.Invoke(record);
        var local = new byte[30];
        Write(local, 0, 0x04034B50);
        BinaryPrimitives.WriteUInt16LittleEndian(local.AsSpan(26), (ushort)text.Length);
        _bytes.Write([.. local, .. text, .. data]);
        _directory.Write([.. record, .. text, .. extra]);
        _count++;
        return this;
    }

    /// <summary>The archive, optionally with ZIP64 records.</summary>
    public byte[] End(bool zip64 = false)
    {
        uint start = (uint)_bytes.Length;
        _directory.WriteTo(_bytes);
        if (zip64)
        {
            Span<byte> end64 = stackalloc byte[56 + 20];
            BinaryPrimitives.WriteUInt32LittleEndian(end64, 0x06064B50);
            BinaryPrimitives.WriteInt64LittleEndian(end64[32..], _count);
            BinaryPrimitives.WriteInt64LittleEndian(end64[40..], _directory.Length);
            BinaryPrimitives.WriteInt64LittleEndian(end64[48..], start);
            BinaryPrimitives.WriteUInt32LittleEndian(end64[56..], 0x07064B50);
            BinaryPrimitives.WriteInt64LittleEndian(end64[64..], _bytes.Length);
            _bytes.Write(end64);
        }

        var end = new byte[22];
        Write(end, 0, 0x06054B50);
        BinaryPrimitives.WriteUInt16LittleEndian(end.AsSpan(8), (ushort)_count);
        BinaryPrimitives.WriteUInt16LittleEndian(end.AsSpan(10), (ushort)_count);
        Write(end, 12, (uint)_directory.Length);
        Write(end, 16, start);
        _bytes.Write(end);
        return _bytes.ToArray();
    }

    private static void Write(byte[] record, int offset, uint value) =>
        BinaryPrimitives.WriteUInt32LittleEndian(record.AsSpan(offset), value);
}
