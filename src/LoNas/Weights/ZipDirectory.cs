using System.Buffers.Binary;
using System.Text;
using LoNas.Storage;

namespace LoNas.Weights;

/// <summary>
/// The positions of the uncompressed entries in a ZIP archive. System.IO.Compression reads archives but does not expose
/// the offsets, which mapping needs. PyTorch writes ZIP64 records into archives of any size. Every record is checked
/// against the file before it is used. Source: PKWARE's APPNOTE.TXT 6.3.10.
/// </summary>
internal sealed class ZipDirectory
{
    private const int EndSize = 22;
    private const int LocatorSize = 20;
    private const int End64Size = 56;
    private const int EntrySize = 46;
    private const int LocalSize = 30;
    private const int LongestDirectory = 100_000_000;

    private readonly Stream _stream;

    private ZipDirectory(Stream stream) => _stream = stream;

    /// <summary>The position and length in bytes of each entry, by name.</summary>
    public Dictionary<string, (long Start, long Length)> Entries { get; } = [];

    /// <summary>
    /// Reads the directory. Throws an <see cref="InvalidDataException"/>, without the file's name, if it is invalid.
    /// </summary>
    public static ZipDirectory Read(Stream stream)
    {
        var directory = new ZipDirectory(stream);
        directory.Fill();
        return directory;
    }

    private void Fill()
    {
        var (count, length, start) = FindEnd();
        if (length < 0 || length > LongestDirectory || start < 0 || start > _stream.Length - length)
        {
            throw new InvalidDataException(
                $"its directory claims {length} bytes from byte {start} on but the file has {_stream.Length}");
        }

        ReadOnlySpan<byte> records = ReadAt(start, (int)length);
        while (records.Length >= EntrySize && Word(records) == 0x02014B50)
        {
            int name = Half(records, 28);
            int extra = Half(records, 30);
            int size = EntrySize + name + extra + Half(records, 32);
            if (size > records.Length)
            {
                throw new InvalidDataException("a record of its directory is cut off");
            }

            Add(Encoding.UTF8.GetString(records.Slice(EntrySize, name)), records[..EntrySize],
                records.Slice(EntrySize + name, extra), start);
            records = records[size..];
        }

        if (Entries.Count != count)
        {
            throw new InvalidDataException($"its directory has {Entries.Count} readable entries; expected {count}");
        }

        RequireApart();
    }

    /// <summary>With overlapping entries an archive could expand to many times its size.</summary>
    private void RequireApart()
    {
        var ordered = Entries.Where(entry => entry.Value.Length > 0).OrderBy(entry => entry.Value.Start).ToArray();
        for (int i = 1; i < ordered.Length; i++)
        {
            if (ordered[i].Value.Start - ordered[i - 1].Value.Start < ordered[i - 1].Value.Length)
            {
                throw new InvalidDataException(
                    $"its entries '{Excerpt.Of(ordered[i - 1].Key)}' and '{Excerpt.Of(ordered[i].Key)}' overlap");
            }
        }
    }

    /// <summary>
    /// Names are only used for look-ups here, but a name that leads out of the archive shows that it is malicious.
    /// </summary>
    private static void RequireInside(string name)
    {
        if (name.StartsWith('/') || name.IndexOfAny(['\\', ':', '\0']) >= 0 || name.Split('/').Contains(".."))
        {
            throw new InvalidDataException(
                $"its entry '{Excerpt.Of(name)}' would lie outside the archive; don't use this file");
        }
    }

    /// <summary>The number of entries, the length and the start of the directory.</summary>
    private (long Count, long Length, long Start) FindEnd()
    {
        // The end record is the last in the file, since PyTorch writes no archive comment.
        if (_stream.Length < EndSize
            || ReadAt(_stream.Length - EndSize, EndSize) is not { } end || Word(end) != 0x06054B50)
        {
            throw new InvalidDataException("it does not end as a ZIP archive does, so it is truncated or no archive");
        }

        long locatorStart = _stream.Length - EndSize - LocatorSize;
        if (locatorStart < 0 || ReadAt(locatorStart, LocatorSize) is not { } locator || Word(locator) != 0x07064B50)
        {
            return (Half(end, 10), Word(end, 12), Word(end, 16));
        }

        long start64 = Long(locator, 8);
        if (start64 < 0 || start64 > locatorStart - End64Size
            || ReadAt(start64, End64Size) is not { } end64 || Word(end64) != 0x06064B50)
        {
            throw new InvalidDataException("its ZIP64 record is not where its end says");
        }

        return (Long(end64, 32), Long(end64, 40), Long(end64, 48));
    }

    private void Add(string name, ReadOnlySpan<byte> record, ReadOnlySpan<byte> extra, long directoryStart)
    {
        RequireInside(name);
        int method = Half(record, 10);
        if (method != 0 || (Half(record, 8) & 1) != 0)
        {
            throw new InvalidDataException(
                $"its entry '{Excerpt.Of(name)}' is {(method != 0 ? "compressed" : "encrypted")}; PyTorch stores "
                + "entries as they are, so write the file again with torch.save");
        }

        long length = Word(record, 24);
        long stored = Word(record, 20);
        long local = Word(record, 42);
        ReadExtra64(extra, ref length, ref stored, ref local);
        if (length < 0 || stored != length || local < 0 || local > directoryStart - LocalSize)
        {
            throw new InvalidDataException(
                $"its entry '{Excerpt.Of(name)}' has impossible sizes ({length}, {stored} at {local})");
        }

        var header = ReadAt(local, LocalSize);
        long start = local + LocalSize + Half(header, 26) + Half(header, 28);
        if (Word(header) != 0x04034B50 || start > directoryStart - length)
        {
            throw new InvalidDataException(
                $"its entry '{Excerpt.Of(name)}' claims {length} bytes from byte {start} on, which are not there");
        }

        if (!Entries.TryAdd(name, (start, length)))
        {
            throw new InvalidDataException($"its entry '{Excerpt.Of(name)}' is listed twice");
        }
    }

    /// <summary>Fields with all bits set in the record are in the ZIP64 extra field instead, in this order.</summary>
    private static void ReadExtra64(ReadOnlySpan<byte> extra, ref long length, ref long stored, ref long local)
    {
        while (extra.Length >= 4)
        {
            int size = Math.Min(Half(extra, 2), extra.Length - 4);
            var body = extra.Slice(4, size);
            if (Half(extra, 0) == 1)
            {
                Widen(ref length, ref body);
                Widen(ref stored, ref body);
                Widen(ref local, ref body);
            }

            extra = extra[(4 + size)..];
        }
    }

    private static void Widen(ref long value, ref ReadOnlySpan<byte> body)
    {
        if (value == uint.MaxValue && body.Length >= 8)
        {
            value = Long(body, 0);
            body = body[8..];
        }
    }

    private byte[] ReadAt(long position, int length)
    {
        var bytes = new byte[length];
        _stream.Position = position;
        _stream.ReadExactly(bytes);
        return bytes;
    }

    private static int Half(ReadOnlySpan<byte> bytes, int offset) =>
        BinaryPrimitives.ReadUInt16LittleEndian(bytes[offset..]);

    private static long Word(ReadOnlySpan<byte> bytes, int offset = 0) =>
        BinaryPrimitives.ReadUInt32LittleEndian(bytes[offset..]);

    private static long Long(ReadOnlySpan<byte> bytes, int offset) =>
        BinaryPrimitives.ReadInt64LittleEndian(bytes[offset..]);
}
