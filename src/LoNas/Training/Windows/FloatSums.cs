using System.Numerics;

namespace LoNas.Training.Windows;

/// <summary>Sums of float32 memory, rounded as libtorch rounds them.</summary>
internal static class FloatSums
{
    /// <summary>Adds one vector to another in its place.</summary>
    public static void Add(Span<float> sum, ReadOnlySpan<float> addend)
    {
        int i = 0;
        for (; i <= sum.Length - Vector<float>.Count; i += Vector<float>.Count)
        {
            (new Vector<float>(sum[i..]) + new Vector<float>(addend[i..])).CopyTo(sum[i..]);
        }

        for (; i < sum.Length; i++)
        {
            sum[i] += addend[i];
        }
    }
}
