using System.Numerics;
using System.Runtime.InteropServices;

namespace LoNas.Generation;

/// <summary>What is taken from logits to give log-probabilities.</summary>
internal static class LogSum
{
    /// <summary>Blocks that are summed up in float32; those sums are summed up in float64.</summary>
    private const int BlocksOfSum = 16;

    /// <summary>The log of the sum of the logits' exponentials.</summary>
    /// <param name="logits">At least one.</param>
    /// <param name="highest">The highest of them.</param>
    public static double Of(ReadOnlySpan<float> logits, float highest)
    {
        var shift = new Vector<float>(highest);
        var blocks = MemoryMarshal.Cast<float, Vector<float>>(logits);
        double sum = 0;
        for (int start = 0; start < blocks.Length; start += BlocksOfSum)
        {
            var sums = Vector<float>.Zero;
            foreach (var block in blocks[start..Math.Min(start + BlocksOfSum, blocks.Length)])
            {
                sums += Vector.Exp(block - shift);
            }

            sum += Vector.Sum(sums);
        }

        foreach (float logit in logits[(blocks.Length * Vector<float>.Count)..])
        {
            sum += Math.Exp(logit - (double)highest);
        }

        return highest + Math.Log(sum);
    }
}
