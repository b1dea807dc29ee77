using System.Buffers.Binary;

namespace LoNas.MutationTests.Mutations;

/// <summary>
/// Damages bytes regardless of their meaning: changes, removes, duplicates, moves, truncates or appends some.
/// </summary>
internal static class ByteMutator
{
    private static readonly long[] Numbers =
    [
        0, 1, -1, 127, 128, 255, 256, 32767, 65535, 65536, int.MaxValue, int.MinValue, uint.MaxValue, 1L << 32,
        1L << 40,
        long.MaxValue, long.MinValue, 0x7FF8000000000000, 0x7FF0000000000000,
    ];

    private static readonly byte[][] NoText =
        [[0xFF], [0xC0, 0xAF], [0xED, 0xA0, 0x80], [0xF5, 0x80, 0x80, 0x80], [0xE2, 0x82], [0]];

    /// <summary>One to four changes anywhere.</summary>
    public static byte[] Mutate(byte[] bytes, Random random)
    {
        var result = (byte[])bytes.Clone();
        for (int change = random.Next(1, 5); change > 0; change--)
        {
            result = Change(result, random);
        }

        return result;
    }

    /// <summary>One to four changes in a part, which may become longer or shorter.</summary>
    public static byte[] MutatePart(byte[] bytes, int start, int length, Random random) =>
        [.. bytes[..start], .. Mutate(bytes[start..(start + length)], random), .. bytes[(start + length)..]];

    private static byte[] Change(byte[] bytes, Random random)
    {
        if (bytes.Length == 0)
        {
            return [(byte)random.Next(256)];
        }

        int at = random.Next(bytes.Length);
        int length = Math.Min(random.Next(1, 40), bytes.Length - at);
        switch (random.Next(12))
        {
            case 0 or 1:
                bytes[at] ^= (byte)(1 << random.Next(8));
                return bytes;
            case 2 or 3:
                bytes[at] = (byte)random.Next(256);
                return bytes;
            case 4 or 5:
                WriteNumber(bytes.AsSpan(at), random);
                return bytes;
            case 6:
                return [.. bytes[..at], .. bytes[(at + length)..]];
            case 7:
                return [.. bytes[..at], .. bytes[at..(at + length)], .. bytes[at..]];
            case 8:
                int from = random.Next(bytes.Length - length + 1);
                Buffer.BlockCopy(bytes, from, bytes, at, length);
                return bytes;
            case 9:
                return [.. bytes[..at], .. NoText[random.Next(NoText.Length)], .. bytes[at..]];
            case 10:
                return random.Next(3) == 0 ? bytes[..at] : bytes;
            default:
                return random.Next(3) == 0 ? [.. bytes, .. Extension(random)] : bytes;
        }
    }

    private static void WriteNumber(Span<byte> place, Random random)
    {
        Span<byte> number = stackalloc byte[8];
        BinaryPrimitives.WriteInt64LittleEndian(number, Numbers[random.Next(Numbers.Length)]);
        int size = Math.Min(1 << random.Next(4), place.Length);
        number[..size].CopyTo(place);
    }

    private static byte[] Extension(Random random)
    {
        var more = new byte[random.Next(200) == 0 ? 1 << 19 : random.Next(1, 5000)];
        if (random.Next(2) == 0)
        {
            random.NextBytes(more);
        }

        return more;
    }
}
