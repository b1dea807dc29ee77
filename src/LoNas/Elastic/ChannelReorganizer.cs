using LoNas.Models;
using LoNas.Runtime;
using TorchSharp.Modules;
using static TorchSharp.torch;

namespace LoNas.Elastic;

/// <summary>
/// Orders each group's channels by importance, so that a cut keeps the important ones (NNCF's <c>reorg_weights</c>): the
/// norms of a channel's rows are summed over the group's members and sorted, and producers and consumers are permuted
/// alike, which leaves the full-width model's outputs as they are. Attention heads move as a whole.
/// </summary>
public static class ChannelReorganizer
{
    /// <summary>Orders all groups of an elastic adapter. Permuted base weights are copies in memory, no longer mapped.</summary>
    /// <param name="adapter">The adapter, with its search space attached.</param>
    /// <param name="norm">The norm of rows.</param>
    /// <param name="follow">
    /// Called for each adapter half that was permuted, with the dimension and the order, so that an optimiser's moments can
    /// follow; gradients do already.
    /// </param>
    public static void Reorganize(SuperAdapter adapter, ChannelNorm norm, Action<Parameter, int, Tensor>? follow = null)
    {
        foreach (var group in adapter.Space!.Groups)
        {
            Apply(adapter, group, Order(Importance(adapter, group, norm), BlockSize(adapter, group)), follow);
        }
    }

    /// <summary>Permutes a group's channels: channel i becomes the former channel order[i].</summary>
    internal static void Apply(
        SuperAdapter adapter, ElasticGroup group, long[] order, Action<Parameter, int, Tensor>? follow = null)
    {
        using var scope = NewDisposeScope();
        using var frozen = no_grad();
        using var indices = DeviceTensors.Of(order, adapter.Device);
        foreach (var cut in WidthCut.Of(group))
        {
            var layer = adapter.Layers[cut.ModulePath];
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

    /// <summary>The summed norms of the rows of a group's members, one number a channel.</summary>
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
            sum += norm == ChannelNorm.L1 ? rows.abs().sum(1) : rows.square().sum(1).sqrt(); // [width]
        }

        return sum.cpu().data<float>().ToArray();
    }

    /// <summary>Channels that only move together: an attention head's features, or one.</summary>
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

    /// <summary>A frozen weight gets new memory: its own may be a mapped file.</summary>
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
