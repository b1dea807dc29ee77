using static TorchSharp.torch;

namespace LoNas.Weights;

/// <summary>Arithmetic on shapes from files that nobody vouches for: nothing overflows in silence.</summary>
internal static class TensorShape
{
    /// <summary>libtorch itself has no such limit; no model has tensors of more dimensions.</summary>
    private const int MostDimensions = 16;

    /// <summary>
    /// Whether libtorch can hold a tensor of this shape: few dimensions, none negative, and the strides, which count a
    /// zero as one, within its integers.
    /// </summary>
    public static bool IsPossible(long[] shape)
    {
        Int128 extent = 1;
        foreach (long size in shape)
        {
            extent *= Math.Max(size, 1);
            if (size < 0 || extent > long.MaxValue / 8)
            {
                return false;
            }
        }

        return shape.Length <= MostDimensions;
    }

    /// <summary>The number of elements of a possible shape.</summary>
    public static long Count(long[] shape) => shape.Aggregate(1L, (product, size) => checked(product * size));

    /// <summary>The strides of a tensor whose elements lie one after another.</summary>
    public static long[] ContiguousStrides(long[] shape)
    {
        var strides = new long[shape.Length];
        long next = 1;
        for (int i = shape.Length - 1; i >= 0; i--)
        {
            strides[i] = next;
            next *= Math.Max(shape[i], 1);
        }

        return strides;
    }

    /// <summary>
    /// How many elements a possible shape with these strides reaches over, from its first to its last;
    /// null where a stride is negative or the reach is beyond any file.
    /// </summary>
    public static long? Span(long[] shape, long[] strides)
    {
        Int128 last = 0;
        for (int i = 0; i < shape.Length; i++)
        {
            if (strides[i] < 0)
            {
                return null;
            }

            last += (Int128)Math.Max(shape[i] - 1, 0) * strides[i];
        }

        return last >= long.MaxValue / 8 ? null : shape.Contains(0) ? 0 : (long)last + 1;
    }

    /// <summary>Whether the elements lie one after another; the stride of a dimension of one element says nothing.</summary>
    public static bool IsContiguous(long[] shape, long[] strides) =>
        shape.Contains(0) || ContiguousStrides(shape).Select((stride, i) => shape[i] == 1 || stride == strides[i]).All(same => same);
}

/// <summary>Writes a tensor's elements one after another, whatever its size and strides.</summary>
internal static class TensorBytes
{
    /// <summary>Elements of one piece: a span can't reach over 2 GiB, and a strided piece is copied.</summary>
    private const long Piece = 1 << 26;

    public static void Write(Stream stream, Tensor tensor)
    {
        using var scope = NewDisposeScope();
        // A view's bytes are its storage's: only a contiguous tensor's are its own.
        var whole = tensor.detach().cpu().contiguous();
        if (whole.numel() <= Piece)
        {
            stream.Write(whole.bytes);
            return;
        }

        var flat = whole.flatten();
        for (long start = 0; start < flat.numel(); start += Piece)
        {
            using var piece = flat.narrow(0, start, Math.Min(Piece, flat.numel() - start));
            using var own = piece.clone();
            stream.Write(own.bytes);
        }
    }

    /// <summary>Fills a contiguous tensor with what <see cref="Write"/> wrote of one of its shape and type.</summary>
    /// <exception cref="EndOfStreamException">The stream ends before that.</exception>
    public static void Read(Stream stream, Tensor tensor)
    {
        using var frozen = no_grad();
        using var flat = tensor.view(-1);
        for (long start = 0; start < flat.numel(); start += Piece)
        {
            using var piece = flat.narrow(0, start, Math.Min(Piece, flat.numel() - start));
            using var read = empty(piece.shape, tensor.dtype);
            stream.ReadExactly(read.bytes);
            piece.copy_(read);
        }
    }
}
