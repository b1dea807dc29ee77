using LoNas.Elastic;
using static TorchSharp.torch;

namespace LoNas.Export.Extraction;

/// <summary>The weights that remain of a linear layer when a sub-adapter is made real.</summary>
internal static class LinearCut
{
    /// <summary>The first rows and columns of a matrix, as a view.</summary>
    public static Tensor Part(Tensor matrix, long rows, long columns) =>
        matrix.narrow(0, 0, rows).narrow(1, 0, columns);

    /// <summary>The base weight, [out, in] in its own type, without the adapter.</summary>
    public static Tensor Base(ElasticLinear layer, LinearShape shape) => Outputs(layer.Weight, shape, shape.In);

    /// <summary>
    /// The rows of the outputs that are left, and the first columns of a matrix: a view, but for several parts.
    /// </summary>
    /// <param name="tensor">[out, ...].</param>
    /// <param name="shape">What is left.</param>
    /// <param name="columns">Columns that are left; null for a bias.</param>
    public static Tensor Outputs(Tensor tensor, LinearShape shape, long? columns = null)
    {
        var rows = shape.Parts == 1 ? tensor.narrow(0, 0, shape.Out)
            : cat([.. tensor.chunk(shape.Parts, 0).Select(part => part.narrow(0, 0, shape.Width))], 0);
        return columns is { } count ? rows.narrow(1, 0, count) : rows;
    }

    /// <summary>
    /// Base weight and adapter in one, [out, in] float32: <c>W + scaling * B A</c>, where the scaling is that of the
    /// full rank. A layer without an adapter keeps its own type.
    /// </summary>
    public static Tensor Merged(ElasticLinear layer, LinearShape shape)
    {
        using var scope = NewDisposeScope();
        using var frozen = no_grad();
        var weight = Base(layer, shape);
        if (layer.LoraA is null)
        {
            return weight.MoveToOuterDisposeScope();
        }

        var a = Part(layer.LoraA, shape.Rank, shape.In);
        var b = Outputs(layer.LoraB!, shape, shape.Rank);
        // Held: a temporary one may be finalised while the native call reads it.
        using TorchSharp.Scalar scale = layer.Scaling;
        return weight.to(ScalarType.Float32).add(b.matmul(a), scale).MoveToOuterDisposeScope();
    }

    /// <summary>
    /// A tensor with zeros behind the rows of each part, and behind its columns where it is a matrix.
    /// </summary>
    public static Tensor Padded(Tensor tensor, long[] shape, int parts)
    {
        if (tensor.shape.SequenceEqual(shape))
        {
            return tensor.alias();
        }

        using var scope = NewDisposeScope();
        using var frozen = no_grad();
        var padded = zeros(shape, tensor.dtype);
        foreach (var (whole, cut) in padded.chunk(parts, 0).Zip(tensor.chunk(parts, 0)))
        {
            var part = whole.narrow(0, 0, cut.shape[0]);
            (shape.Length == 1 ? part : part.narrow(1, 0, cut.shape[1])).copy_(cut);
        }

        return padded.MoveToOuterDisposeScope();
    }
}
