using LoNas.Runtime;
using LoNas.Weights;
using static TorchSharp.torch;

namespace LoNas.Elastic;

/// <summary>
/// The order in which <see cref="ChannelReorganizer"/> left the channels of a base model, for each group; empty for the
/// order of the checkpoint. Adapters are stored in the order of the checkpoint, so that PEFT can use them with the
/// unchanged base. This order is stored beside them, since a cut keeps the first channels in it.
/// </summary>
internal sealed class ChannelOrder
{
    /// <summary>The file name.</summary>
    public const string FileName = "channel_order.safetensors";

    private const string Prefix = "group.";

    private readonly SortedDictionary<int, long[]> _orders = [];

    /// <summary>Whether the channels are in the order of the checkpoint.</summary>
    public bool IsOriginal => _orders.Count == 0;

    /// <summary>Records another permutation of the channels of a group.</summary>
    public void Compose(int group, long[] order) => _orders[group] = _orders.TryGetValue(group, out var before)
        ? [.. order.Select(channel => before[channel])]
        : order;

    /// <summary>
    /// The parameters of the adapter by name, in the order of the checkpoint. Parameters with permuted channels are
    /// copies.
    /// </summary>
    public IEnumerable<(string Name, Tensor Tensor)> Original(SuperAdapter adapter)
    {
        var moves = Moves(adapter);
        return adapter.Parameters.Select(named => (named.Name, moves.TryGetValue(named.Name, out var move)
            ? named.Parameter.detach().index_select(
                move.Dimension, DeviceTensors.Of(Inverse(move.Order), adapter.Device))
            : named.Parameter));
    }

    /// <summary>Permutes another adapter and its base, both in the order of the checkpoint, into this order.</summary>
    public void ApplyTo(SuperAdapter adapter)
    {
        foreach (var (group, order) in _orders)
        {
            ChannelReorganizer.Apply(adapter, adapter.Space!.Groups[group], order);
        }
    }

    /// <summary>
    /// Writes the order. If the channels are in the order of the checkpoint, removes the file of an earlier run.
    /// </summary>
    public void Save(string folder)
    {
        var path = Path.Combine(folder, FileName);
        if (IsOriginal)
        {
            File.Delete(path);
            return;
        }

        using var scope = NewDisposeScope();
        SafetensorsWriter.Save(
            path, [.. _orders.Select(entry => ($"{Prefix}{entry.Key}", (Tensor)tensor(entry.Value)))]);
    }

    /// <summary>
    /// Permutes base and adapter, both in the order of the checkpoint, into the order stored in a folder, if there is
    /// one.
    /// </summary>
    /// <param name="folder">The folder of the adapter.</param>
    /// <param name="adapter">The adapter with its base.</param>
    /// <param name="isExpected">
    /// Whether the manifest of the folder names an order; then a missing file is an error.
    /// </param>
    /// <exception cref="InvalidDataException">The file does not fit the search space.</exception>
    public static void Restore(string folder, SuperAdapter adapter, bool isExpected)
    {
        var path = Path.Combine(folder, FileName);
        // Without a search space nothing is cut, so the order makes no difference.
        if (adapter.Space is not { } space || (!File.Exists(path) && !isExpected))
        {
            return;
        }

        if (!adapter.ChannelOrder.IsOriginal)
        {
            throw new InvalidOperationException("The model's channels are permuted already; load the model anew first");
        }

        using var file = SafetensorsFile.Open(path);
        foreach (var name in file.Names)
        {
            using var stored = file.Load(name);
            long[] order = stored.dtype == ScalarType.Int64 ? stored.data<long>().ToArray() : [];
            var group = space.Groups.FirstOrDefault(group => name == $"{Prefix}{group.Index}" && !group.IsRank);
            if (group is null
                || !order.Order().SequenceEqual(Enumerable.Range(0, group.Widths[0]).Select(i => (long)i)))
            {
                throw new InvalidDataException(
                    $"'{name}' in '{path}' is no order of the channels of a width group of this search space; use the "
                    + "configuration and the model that the adapter was trained with");
            }

            ChannelReorganizer.Apply(adapter, group, order);
        }
    }

    /// <summary>The permuted halves of adapters, by parameter name.</summary>
    private Dictionary<string, (int Dimension, long[] Order)> Moves(SuperAdapter adapter)
    {
        var moves = new Dictionary<string, (int, long[])>();
        foreach (var (index, order) in _orders)
        {
            foreach (var cut in WidthCut.Of(adapter.Space!.Groups[index]))
            {
                bool isOutput = cut.Side == WidthSide.Out;
                moves.Add(
                    $"{cut.ModulePath}.{(isOutput ? "lora_B" : "lora_A")}.weight",
                    isOutput ? (0, adapter.Layers[cut.ModulePath].Full.OfParts(order)) : (1, order));
            }
        }

        return moves;
    }

    private static long[] Inverse(long[] order)
    {
        var inverse = new long[order.Length];
        for (int i = 0; i < order.Length; i++)
        {
            inverse[order[i]] = i;
        }

        return inverse;
    }
}
