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
