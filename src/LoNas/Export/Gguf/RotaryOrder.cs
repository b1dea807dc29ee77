using static TorchSharp.torch;

namespace LoNas.Export.Gguf;

/// <summary>
/// Reorders the rows (or bias elements) of query and key projections within each head. For LLaMA, Transformers rotates
/// pairs of features from the two halves of a head; llama.cpp rotates pairs of neighbours.
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
