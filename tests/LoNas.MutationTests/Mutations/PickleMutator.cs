namespace LoNas.MutationTests.Mutations;

/// <summary>
/// Pickles that no state dict needs: opcodes that call, names of Python's own functions, lengths beyond the file, and
/// memos, lists and tuples that take many times their bytes in memory.
/// </summary>
internal static class PickleMutator
{
    private static readonly byte[][] Pieces =
    [
        "("u8.ToArray(), "."u8.ToArray(), "N"u8.ToArray(), "}"u8.ToArray(), "]"u8.ToArray(), ")"u8.ToArray(),
        "t"u8.ToArray(),
        "s"u8.ToArray(), "u"u8.ToArray(), "a"u8.ToArray(), "e"u8.ToArray(), "b"u8.ToArray(), "R"u8.ToArray(),
        "Q"u8.ToArray(),
        "0"u8.ToArray(), "1"u8.ToArray(), "2"u8.ToArray(), "i"u8.ToArray(), "o"u8.ToArray(), [0x85], [0x86], [0x87],
        [0x88], [0x89],
        [0x94], [0x93], [0x81], [0x92], [0x8f], [0x91], [0x95, 255, 255, 255, 255, 255, 255, 255, 127], [0x80, 5],
        [0x80, 255],
        "cos\nsystem\n"u8.ToArray(), "cbuiltins\neval\n"u8.ToArray(), "ctorch\nload\n"u8.ToArray(),
        "ctorch._utils\n_rebuild_tensor_v2\n"u8.ToArray(), "ccollections\nOrderedDict\n"u8.ToArray(),
        "ctorch\nFloatStorage\n"u8.ToArray(),
        "X\u0001\0\0\0a"u8.ToArray(), [(byte)'X', 255, 255, 255, 255], [(byte)'X', 255, 255, 255, 127],
        [(byte)'T', 0, 0, 0, 128],
        [0x8d, 255, 255, 255, 255, 255, 255, 255, 255], [0x8d, 0, 0, 0, 0, 0, 0, 0, 1], [0x8c, 255], [0x8c, 1, 0xff],
        [0x8a, 255],
        [0x8a, 9, 0, 0, 0, 0, 0, 0, 0, 0, 1], [0x8b, 255, 255, 255, 127], [(byte)'K', 7], [(byte)'M', 255, 255],
        [(byte)'J', 0, 0, 0, 128],
        [(byte)'q', 0], [(byte)'r', 255, 255, 255, 255], [(byte)'h', 0], [(byte)'j', 255, 255, 255, 127],
        [(byte)'G', 0x7f, 0xf8, 0, 0, 0, 0, 0, 0],
        "I01\n"u8.ToArray(), "L9L\n"u8.ToArray(), "V\\ud800\n"u8.ToArray(), "S'a'\n"u8.ToArray(), "Pid\n"u8.ToArray(),
    ];

    // Short opcodes that take much memory when repeated.
    private static readonly byte[][] Bombs =
        [
            [(byte)'}'], [(byte)']'], [(byte)'N', 0x94], [(byte)'('], [0x85], [(byte)'K', 1], [(byte)')', 0x94],
            [(byte)'X', 1, 0, 0, 0, 97, 0x94], [(byte)'N', 0x85],
        ];

    /// <summary>The pickle with inserted opcodes, changed bytes, or an inserted memory bomb.</summary>
    public static byte[] Mutate(byte[] pickle, Random random) => random.Next(6) switch
    {
        0 => ByteMutator.Mutate(pickle, random),
        1 => Random(random),
        2 when random.Next(40) == 0 => Insert(pickle, Bomb(random), random),
        _ => Insert(pickle, Piece(random), random),
    };

    private static byte[] Piece(Random random)
    {
        using var bytes = new MemoryStream();
        for (int i = random.Next(1, 5); i > 0; i--)
        {
            bytes.Write(Pieces[random.Next(Pieces.Length)]);
        }

        return bytes.ToArray();
    }

    private static byte[] Random(Random random)
    {
        using var bytes = new MemoryStream();
        bytes.Write([0x80, 2]);
        for (int i = random.Next(1, 60); i > 0; i--)
        {
            bytes.Write(Pieces[random.Next(Pieces.Length)]);
        }

        bytes.Write("."u8);
        return bytes.ToArray();
    }

    private static byte[] Bomb(Random random)
    {
        var piece = Bombs[random.Next(Bombs.Length)];
        int times = random.Next(3) == 0 ? 500_000 : random.Next(100, 50_000);
        var bytes = new byte[piece.Length * times];
        for (int i = 0; i < bytes.Length; i++)
        {
            bytes[i] = piece[i % piece.Length];
        }

        return bytes;
    }

    private static byte[] Insert(byte[] pickle, byte[] piece, Random random)
    {
        int at = random.Next(2, pickle.Length);
        int skipped = random.Next(3) == 0 ? random.Next(Math.Min(12, pickle.Length - at)) : 0;
        return [.. pickle[..at], .. piece, .. pickle[(at + skipped)..]];
    }
}
