using System.Buffers.Binary;
using System.IO.Compression;
using System.Text;

namespace LoNas.MutationTests.Mutations;

/// <summary>
/// Archives that torch.save would not write, with other names, sizes, positions or compression methods.
/// </summary>
internal static class ZipMutator
{
    private static readonly string[] Names =
    [
        "../data.pkl", "/data.pkl", "a/../data.pkl", "a\\data.pkl", "C:/data.pkl", "data.pkl", "", "a/data/../0",
        "a/data/0\0", "a//data.pkl",
        "a/byteorder", "../../etc/passwd", "./data.pkl", "a/data.pkl/data.pkl",
    ];

    private static readonly uint[] Edges = [0, 1, 0x7FFFFFFF, 0x80000000, 0xFFFFFFFE, 0xFFFFFFFF, 46, 65536];

    /// <summary>Offsets of the four-byte fields in a directory record: the sizes, and the start of the entry.</summary>
    private static readonly int[] Fields = [20, 24, 42];

    /// <summary>The pickle and data in an archive with something wrong in it.</summary>
    public static byte[] Wrap(byte[] pickle, byte[] data, Random random)
    {
        var zip = new StoredZip();
        var odd = random.Next(12);
        zip.Add(
            odd == 0 ? Names[random.Next(Names.Length)] : "a/data.pkl", pickle,
            odd is 1 or 2 ? Lie(random) : null, odd == 3 ? Extra64(random) : null);
        zip.Add(
            odd == 4 ? Names[random.Next(Names.Length)] : "a/data/0", data,
            odd is 5 or 6 ? Lie(random) : null, odd == 7 ? Extra64(random) : null);
        if (odd == 8)
        {
            AddMore(zip, random);
        }

        var bytes = zip.End(zip64: random.Next(3) == 0);
        return odd == 9 ? DamageRecords(bytes, random) : odd == 10 && random.Next(20) == 0 ? Bomb(random) : bytes;
    }

    /// <summary>Changes numbers in the directory and the end records.</summary>
    public static byte[] DamageRecords(byte[] archive, Random random)
    {
        int start = archive.AsSpan().IndexOf("PK\u0001\u0002"u8);
        return start < 0 ? archive : ByteMutator.MutatePart(archive, start, archive.Length - start, random);
    }

    /// <summary>An archive of a few kilobytes that expands to megabytes.</summary>
    private static byte[] Bomb(Random random)
    {
        using var stream = new MemoryStream();
        using (var archive = new ZipArchive(stream, ZipArchiveMode.Create, leaveOpen: true, Encoding.UTF8))
        {
            using var entry = archive.CreateEntry("a/data.pkl", CompressionLevel.Fastest).Open();
            entry.Write(new byte[1 << random.Next(16, 23)]);
        }

        return stream.ToArray();
    }

    private static void AddMore(StoredZip zip, Random random)
    {
        // Entries that share the bytes of others, or many small ones.
        int count = random.Next(100) == 0 ? 10_000 : random.Next(1, 20);
        bool overlaps = random.Next(2) == 0;
        for (int i = 0; i < count; i++)
        {
            zip.Add(
                $"a/data/{i + 1}", [],
                overlaps ? record => BinaryPrimitives.WriteUInt32LittleEndian(record.AsSpan(42), 0) : null);
        }
    }

    private static Action<byte[]> Lie(Random random)
    {
        int field = Fields[random.Next(Fields.Length)];
        uint value = Edges[random.Next(Edges.Length)];
        bool both = random.Next(2) == 0;
        return record =>
        {
            BinaryPrimitives.WriteUInt32LittleEndian(record.AsSpan(field), value);
            if (both)
            {
                BinaryPrimitives.WriteUInt32LittleEndian(record.AsSpan(field == 20 ? 24 : 20), value);
            }
        };
    }

    private static byte[] Extra64(Random random)
    {
        var extra = new byte[random.Next(2) == 0 ? 28 : random.Next(1, 28)];
        random.NextBytes(extra);
        extra[0] = 1;
        if (extra.Length > 3)
        {
            (extra[1], extra[2], extra[3]) = (0, (byte)random.Next(30), 0);
        }

        return extra;
    }
}
