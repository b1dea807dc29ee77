using System.Buffers.Binary;
using System.Runtime.InteropServices;
using static TorchSharp.torch;

namespace LoNas.Export.Gguf;

/// <summary>
/// ggml's Q8_0: 32 elements are stored as a 16-bit scale, their largest absolute value / 127, and 32 8-bit integers.
/// </summary>
internal static class Q8Blocks
{
    private const int Size = GgufTensor.BlockSize;
    private const int Bytes = Size + 2;

    /// <summary>
    /// The number of blocks converted at a time. The values are kept in tensors, since the garbage collector frees
    /// large arrays late.
    /// </summary>
    private const long PieceBlocks = 1 << 16;

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
            // The bytes of a view are those of its storage, so it is copied.
            var values = flat.narrow(0, start * Size, count * Size).to(ScalarType.Float32).clone();
            var elements = MemoryMarshal.Cast<byte, float>(values.bytes);
            for (int block = 0; block < count; block++)
            {
                Encode(elements.Slice(block * Size, Size), bytes.AsSpan(block * Bytes, Bytes));
            }

            stream.Write(bytes, 0, count * Bytes);
        }
    }

    /// <summary>Decodes blocks.</summary>
    /// <param name="bytes">[blocks * 34] bytes.</param>
    /// <returns>[blocks * 32] float32, owned by the caller.</returns>
    public static Tensor Decode(Tensor bytes)
    {
        using var scope = NewDisposeScope();
        long blocks = bytes.numel() / Bytes;
        var values = empty(blocks * Size, ScalarType.Float32);
        for (long start = 0; start < blocks; start += PieceBlocks)
        {
            using var part = NewDisposeScope();
            long count = Math.Min(PieceBlocks, blocks - start);
            var decoded = empty(count * Size, ScalarType.Float32);
            Decode(
                bytes.narrow(0, start * Bytes, count * Bytes).clone().bytes,
                MemoryMarshal.Cast<byte, float>(decoded.bytes));
            values.narrow(0, start * Size, count * Size).copy_(decoded);
        }

        return values.MoveToOuterDisposeScope();
    }

    private static void Decode(ReadOnlySpan<byte> bytes, Span<float> values)
    {
        for (int block = 0; block < values.Length / Size; block++)
        {
            var source = bytes.Slice(block * Bytes, Bytes);
            float scale = (float)BinaryPrimitives.ReadHalfLittleEndian(source);
            for (int i = 0; i < Size; i++)
            {
                values[(block * Size) + i] = (sbyte)source[2 + i] * scale;
            }
        }
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
