using static TorchSharp.torch;

namespace LoNas.Weights;

/// <summary>Arithmetic on shapes from untrusted files, without silent overflow.</summary>
internal static class TensorShape
{
    /// <summary>More dimensions than any model's tensors have; libtorch itself has no such limit.</summary>
    private const int MostDimensions = 16;

    /// <summary>
    /// Whether libtorch can hold a tensor of this shape: not too many dimensions, none negative, and strides (which
    /// count a size of zero as one) that fit its integers.
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

    /// <summary>The number of elements of a shape that passed <see cref="IsPossible"/>.</summary>
    public static long Count(long[] shape) => shape.Aggregate(1L, (product, size) => checked(product * size));

    /// <summary>The strides of a contiguous tensor.</summary>
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
    /// The number of elements from the first to the last of a tensor with these strides; null if a stride is negative
    /// or the number is larger than any file.
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

    /// <summary>Whether the tensor is contiguous. The stride of a dimension of size one does not matter.</summary>
    public static bool IsContiguous(long[] shape, long[] strides) =>
        shape.Contains(0)
        || ContiguousStrides(shape).Index().All(item => shape[item.Index] == 1 || item.Item == strides[item.Index]);
}

/// <summary>Writes and reads the elements of a tensor in order, whatever its size and strides.</summary>
internal static class TensorBytes
{
    /// <summary>Elements written at a time. A span is limited to 2 GiB, and each piece is copied first.</summary>
    private const long Piece = 1 << 26;

    public static void Write(Stream stream, Tensor tensor)
    {
        using var scope = NewDisposeScope();
        // The bytes property gives the tensor's storage, which equals its elements only if it is contiguous.
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

    /// <summary>
    /// Fills a contiguous tensor with what <see cref="Write"/> wrote for a tensor of the same shape and type.
    /// </summary>
    /// <exception cref="EndOfStreamException">The stream ends too early.</exception>
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
