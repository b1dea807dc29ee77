using LoNas.Models;
using LoNas.Runtime;
using TorchSharp.Modules;
using static TorchSharp.torch;

namespace LoNas.Elastic;

/// <summary>What measures the importance of a channel, by its row of a weight (NNCF: filter_importance).</summary>
public enum ChannelNorm
{
    /// <summary>The sum of absolute values.</summary>
    L1,

    /// <summary>The square root of the sum of squares.</summary>
    L2,

    /// <summary>The sum of the Euclidean distances to all other rows: what others can stand for is near them.</summary>
    GeometricMedian,
}

/// <summary>
/// Sorts the channels of each group by importance, so that a cut keeps the important ones (NNCF's
/// <c>reorg_weights</c>). The importance of a channel is the sum of the norms of its rows over the members of the
/// group. Producers and consumers are permuted in the same way, so the outputs of the full-width model do not change.
/// Attention heads move as a whole.
/// </summary>
public static class ChannelReorganizer
{
    /// <summary>
    /// Sorts all groups of an elastic adapter. Permuted base weights become copies in memory and are no longer mapped.
    /// </summary>
    /// <param name="adapter">The adapter, with its search space.</param>
    /// <param name="norm">The norm of rows.</param>
    /// <param name="follow">
    /// Called for each permuted half of an adapter, with the dimension and the order, so that the moments of an
    /// optimiser can be permuted as well. Gradients are permuted here.
    /// </param>
    public static void Reorganize(SuperAdapter adapter, ChannelNorm norm, Action<Parameter, int, Tensor>? follow = null)
    {
        foreach (var group in adapter.Space!.Groups)
        {
            Apply(adapter, group, Order(Importance(adapter, group, norm), BlockSize(adapter, group)), follow);
        }
    }

    /// <summary>Permutes the channels of a group: channel i becomes the former channel order[i].</summary>
    internal static void Apply(
        SuperAdapter adapter, ElasticGroup group, long[] order, Action<Parameter, int, Tensor>? follow = null)
    {
        using var scope = NewDisposeScope();
        using var frozen = no_grad();
        using var features = DeviceTensors.Of(order, adapter.Device);
        foreach (var cut in WidthCut.Of(group))
        {
            var layer = adapter.Layers[cut.ModulePath];
            bool hasParts = cut.Side == WidthSide.Out && layer.Full.Parts > 1;
            var indices = hasParts ? DeviceTensors.Of(layer.Full.OfParts(order), adapter.Device) : features;
            switch (cut.Side)
            {
                case WidthSide.Rank:
                    Move(layer.LoraA, 0, indices, follow);
                    Move(layer.LoraB, 1, indices, follow);
                    break;
                case WidthSide.Out:
                    Replace(layer.Weight, 0, indices);
                    Replace(layer.Bias, 0, indices);
                    Move(layer.LoraB, 0, indices, follow);
                    break;
                default:
                    Replace(layer.Weight, 1, indices);
                    Move(layer.LoraA, 1, indices, follow);
                    break;
            }
        }

        if (!group.IsRank)
        {
            adapter.ChannelOrder.Compose(group.Index, order);
        }
    }

    /// <summary>The importance of each channel of a group: the norms of its rows, summed over the members.</summary>
    internal static float[] Importance(SuperAdapter adapter, ElasticGroup group, ChannelNorm norm)
    {
        using var scope = NewDisposeScope();
        using var frozen = no_grad();
        var sum = zeros(group.Widths[0], device: adapter.Device);
        foreach (var member in group.Members)
        {
            var layer = adapter.Layers[member.ModulePath];
            var weight = member.Part switch
            {
                AdapterPart.LoraA => layer.LoraA!,
                AdapterPart.LoraB => layer.LoraB!,
                _ => layer.Weight,
            };
            var rows = weight.to(ScalarType.Float32); // [width, n]
            var importance = norm switch
            {
                ChannelNorm.L1 => rows.abs().sum(1),
                ChannelNorm.L2 => rows.square().sum(1).sqrt(),
                _ => Distances(rows),
            };
            // A literal 0 would be an element type.
            sum = sum.Plus(importance.view(-1, group.Widths[0]).sum(dim: 0L)); // [width]
        }

        return sum.cpu().data<float>().ToArray();
    }

    /// <summary>
    /// The sum of the distances of each row to all others, some rows at a time: all pairs of 11,008 channels at once
    /// would take half a gigabyte.
    /// </summary>
    private static Tensor Distances(Tensor rows)
    {
        const int Most = 1024;
        return cat([.. rows.split(Most).Select(part => cdist(part, rows, 2).sum(1))], 0); // [width]
    }

    /// <summary>The number of channels that must move together: those of an attention head, otherwise one.</summary>
    private static int BlockSize(SuperAdapter adapter, ElasticGroup group) =>
        !group.IsRank && ModelFamilies.FindCut(group.Members[0].ModulePath)?.Cut.Kind == CutKind.Heads
            ? adapter.Space!.HeadSize
            : 1;

    private static long[] Order(float[] importance, int block) =>
    [
        .. importance.Chunk(block).Select((values, index) => (Sum: values.Sum(value => (double)value), Index: index))
            .OrderByDescending(entry => entry.Sum)
            .SelectMany(entry => Enumerable.Range(entry.Index * block, block)).Select(channel => (long)channel),
    ];

    /// <summary>Gives a frozen weight new memory, since its own may be a mapped file.</summary>
    private static void Replace(Parameter? parameter, int dimension, Tensor order)
    {
        if (parameter is not null)
        {
            using var permuted = parameter.index_select(dimension, order);
            parameter.set_(permuted);
        }
    }

    private static void Move(Parameter? parameter, int dimension, Tensor order, Action<Parameter, int, Tensor>? follow)
    {
        if (parameter is null)
        {
            return;
        }

        using var permuted = parameter.index_select(dimension, order);
        parameter.copy_(permuted);
        using var gradient = parameter.grad;
        gradient?.copy_(gradient.index_select(dimension, order));
        follow?.Invoke(parameter, dimension, order);
    }
}
