using static TorchSharp.torch;

namespace LoNas.Export.Gguf;

/// <summary>
/// llama.cpp rotates neighbouring features of a LLaMA's queries and keys, Transformers the halves of a head: rows (or bias
/// elements) go from the order of halves to the order of neighbours, head by head.
/// </summary>
internal static class RotaryOrder
{
    /// <summary>The inverse of <see cref="Interleave"/>.</summary>
    /// <param name="rows">[heads * D, ...].</param>
    /// <param name="headSize">D.</param>
    /// <returns>The same shape.</returns>
    public static Tensor Restore(Tensor rows, long headSize)
    {
        using var scope = NewDisposeScope();
        long[] rest = rows.shape[1..];
        return rows.reshape([-1, headSize / 2, 2, .. rest]) // [heads, D/2, 2, ...]
            .transpose(1, 2).reshape(rows.shape).MoveToOuterDisposeScope();
    }

    /// <summary>From Transformers' order to llama.cpp's.</summary>
    /// <param name="rows">[heads * D, ...].</param>
    /// <param name="headSize">D.</param>
    /// <returns>The same shape.</returns>
    public static Tensor Interleave(Tensor rows, long headSize)
    {
        using var scope = NewDisposeScope();
        long[] rest = rows.shape[1..];
        return rows.reshape([-1, 2, headSize / 2, .. rest]) // [heads, 2, D/2, ...]
            .transpose(1, 2).reshape(rows.shape).MoveToOuterDisposeScope();
    }
}
