using System.Buffers.Binary;
using static TorchSharp.torch;

namespace LoNas.Export;

/// <summary>
/// ggml's Q8_0: every 32 elements are a 16-bit scale, their largest magnitude over 127, and 32 whole numbers of 8 bits.
/// </summary>
internal static class Q8Blocks
{
    private const int Size = GgufTensor.BlockSize;
    private const int Bytes = Size + 2;

    /// <summary>Blocks of one piece in memory.</summary>
    private const long PieceBlocks = 1 << 18;

    public static void Write(Stream stream, Tensor tensor)
    {
        using var scope = NewDisposeScope();
        var flat = tensor.contiguous().flatten();
        long blocks = flat.numel() / Size;
        var bytes = new byte[Math.Min(blocks, PieceBlocks) * Bytes];
        for (long start = 0; start < blocks; start += PieceBlocks)
        {
            using var part = NewDisposeScope();
            int count = (int)Math.Min(PieceBlocks, blocks - start);
            var values = flat.narrow(0, start * Size, count * Size).to(ScalarType.Float32).data<float>().ToArray();
            for (int block = 0; block < count; block++)
            {
                Encode(values.AsSpan(block * Size, Size), bytes.AsSpan(block * Bytes, Bytes));
            }

            stream.Write(bytes, 0, count * Bytes);
        }
    }

    /// <summary>The values of blocks.</summary>
    public static float[] Decode(ReadOnlySpan<byte> bytes)
    {
        var values = new float[bytes.Length / Bytes * Size];
        for (int block = 0; block < bytes.Length / Bytes; block++)
        {
            var source = bytes.Slice(block * Bytes, Bytes);
            float scale = (float)BinaryPrimitives.ReadHalfLittleEndian(source);
            for (int i = 0; i < Size; i++)
            {
                values[(block * Size) + i] = (sbyte)source[2 + i] * scale;
            }
        }

        return values;
    }

    private static void Encode(ReadOnlySpan<float> values, Span<byte> bytes)
    {
        float largest = 0;
        foreach (float value in values)
        {
            largest = Math.Max(largest, Math.Abs(value));
        }

        float scale = largest / 127;
        float inverse = scale == 0 ? 0 : 1 / scale;
        BinaryPrimitives.WriteHalfLittleEndian(bytes, (Half)scale);
        for (int i = 0; i < Size; i++)
        {
            bytes[2 + i] = (byte)(sbyte)MathF.Round(values[i] * inverse, MidpointRounding.AwayFromZero);
        }
    }
}
