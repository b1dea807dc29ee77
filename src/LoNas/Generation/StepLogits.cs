using System.Runtime.InteropServices;
using static TorchSharp.torch;

namespace LoNas.Generation;

/// <summary>Some rows of a step's logits, read in place.</summary>
/// <param name="logits">[rows, vocabulary] float32, contiguous.</param>
/// <param name="first">The first row.</param>
/// <param name="count">Rows.</param>
internal readonly struct StepLogits(Tensor logits, int first, int count)
{
    /// <summary>Rows.</summary>
    public int Count => count;

    /// <summary>The logits of a row.</summary>
    public ReadOnlySpan<float> Row(int row)
    {
        int vocabulary = (int)logits.shape[1];
        return MemoryMarshal.Cast<byte, float>(logits.bytes).Slice((first + row) * vocabulary, vocabulary);
    }
}
