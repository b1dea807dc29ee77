using LoNas.Models;
using LoNas.Runtime;
using TorchSharp;
using static TorchSharp.torch;

namespace LoNas.Export.Gguf;

/// <summary>
/// How the numbers of a model's tensors stand in the file: with rows in another order, with 1 added, or multiplied.
/// </summary>
/// <param name="family">The model's family.</param>
/// <param name="architecture">The file's architecture.</param>
/// <param name="model">The model.</param>
internal sealed class GgufForm(ModelFamily family, LlamaCppArchitecture architecture, ModelDescription model)
{
    private const int Kinds = 3;

    private readonly HashSet<string> _linears = [.. model.Layout.Linears.Select(linear => linear.Path)];

    private long HeadSize => model.Layout.Config.HeadSize;

    /// <summary>From the model to the file.</summary>
    /// <param name="path">The module.</param>
    /// <param name="tensor">Its weight or bias, or what is added to it: rows first.</param>
    /// <returns>Owned by the caller.</returns>
    public Tensor Of(string path, Tensor tensor)
    {
        using var scope = NewDisposeScope();
        // Held: a temporary one may be finalised while the native call reads it.
        using Scalar one = 1, factor = Factor(path);
        var rows = IsRotated(path) ? RotaryOrder.Interleave(tensor, HeadSize)
            : IsFused(path) ? Swapped(tensor, model.Layout.Config.HeadCount, Kinds)
            : tensor.alias();
        rows = AddsOne(path) ? rows.Plus(one) : rows;
        return (Factor(path) == 1 ? rows : rows * factor).MoveToOuterDisposeScope();
    }

    /// <summary>The inverse of <see cref="Of"/>.</summary>
    public Tensor Back(string path, Tensor stored)
    {
        using var scope = NewDisposeScope();
        using Scalar minus = -1, factor = Factor(path);
        var plain = Factor(path) == 1 ? stored.alias() : stored / factor;
        plain = AddsOne(path) ? plain.Plus(minus) : plain;
        var rows = IsRotated(path) ? RotaryOrder.Restore(plain, HeadSize)
            : IsFused(path) ? Swapped(plain, Kinds, model.Layout.Config.HeadCount)
            : plain;
        return rows.MoveToOuterDisposeScope();
    }

    /// <summary>Rows of [outer, inner] groups of a head's size in the order [inner, outer].</summary>
    private Tensor Swapped(Tensor rows, long outer, long inner)
    {
        long[] rest = rows.shape[1..];
        return rows.reshape([outer, inner, HeadSize, .. rest]).transpose(0, 1).reshape(rows.shape);
    }

    private bool IsRotated(string path) =>
        architecture.Interleaves && InBlock(path) is { } name && family.LlamaCpp!.Rotated.Contains(name);

    private bool IsFused(string path) => InBlock(path) is { } name && name == family.LlamaCpp!.FusedByHead;

    /// <summary>What is neither a linear nor the embedding is a norm.</summary>
    private bool AddsOne(string path) =>
        family.LlamaCpp!.NormsAddOne && !_linears.Contains(path) && path != family.EmbeddingPath;

    private double Factor(string path) =>
        model.LlamaCpp!.Scaled is { } scaled && InBlock(path) == scaled.Module ? scaled.By : 1;

    /// <summary>The path in a block; null outside of blocks.</summary>
    private string? InBlock(string path) => path.StartsWith($"{family.BlockPath}.", StringComparison.Ordinal)
        ? path[(path.IndexOf('.', family.BlockPath.Length + 1) + 1)..]
        : null;
}
