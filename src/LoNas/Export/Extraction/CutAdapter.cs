using LoNas.Elastic;
using LoNas.Errors;
using LoNas.Formats.Peft;
using LoNas.Weights;
using static TorchSharp.torch;

namespace LoNas.Export.Extraction;

/// <summary>
/// A sub-adapter as a PEFT folder: each layer's own rank in <c>rank_pattern</c>, and in <c>alpha_pattern</c> the alpha
/// that keeps alpha / r the trained scaling.
/// </summary>
internal static class CutAdapter
{
    /// <summary>Writes the folder; gives the bytes of its weights.</summary>
    /// <param name="folder">Where to.</param>
    /// <param name="model">The masked model.</param>
    /// <param name="baseModel">The base's name for the configuration.</param>
    /// <param name="forCheckpoint">
    /// Whether the base will be the checkpoint itself, rather than what was cut from it: channels that training has put
    /// in order then go back to the checkpoint's order.
    /// </param>
    /// <param name="cancel">Stops between two tensors.</param>
    public static long Save(
        string folder, MaskedModel model, string baseModel, bool forCheckpoint, CancellationToken cancel)
    {
        using var scope = NewDisposeScope();
        var tensors = Tensors(model, forCheckpoint);
        SafetensorsWriter.Save(
            Path.Combine(folder, PeftFolder.WeightsFile),
            [.. tensors.Select(entry => PendingTensor.Of(PeftFolder.Prefix + entry.Name, entry.Tensor))
                .Select(tensor => tensor.Observed(_ => { }, cancel))]);
        PeftConfig.Save(folder, forCheckpoint ? Options(model) : OfLinears(model, Options(model)), baseModel);
        return tensors.Sum(entry => entry.Tensor.numel() * SafetensorsTypes.SizeOf(entry.Tensor.dtype));
    }

    /// <summary>What is left of the adapter's parameters, under PEFT's names without its prefix.</summary>
    public static List<(string Name, Tensor Tensor)> Tensors(MaskedModel model, bool forCheckpoint)
    {
        var named = forCheckpoint
            ? model.Adapter.ChannelOrder.Original(model.Adapter)
            : model.Adapter.Parameters.Select(entry => (entry.Name, (Tensor)entry.Parameter));
        // What was cut from the checkpoint has the changes of the embedding and the head in it.
        return
        [
            .. named.Select(entry => (entry.Item1, Cut(model, entry.Item1, entry.Item2.detach()))),
            .. forCheckpoint ? model.Adapter.Changes.Stored : [],
        ];
    }

    /// <summary>
    /// Fails where the sub-adapter leaves another base than the checkpoint, which no adapter can stand beside.
    /// </summary>
    /// <exception cref="InvalidDataException">It does.</exception>
    public static void RequireWholeBase(MaskedModel model, string what)
    {
        if (model.Adapter.Options is null)
        {
            throw new ArgumentException($"There is no adapter of which {what} could be made; give one")
                .About(Setting.Adapter);
        }

        if (model.CutsBase)
        {
            throw new InvalidDataException(
                $"The sub-adapter cuts widths of the base, and {what} stands beside an uncut one; choose a "
                + "sub-adapter that cuts ranks alone (maximal cuts nothing), or extract a smaller model, which can "
                + "keep its adapter apart");
        }
    }

    /// <summary>The options of the cut adapter.</summary>
    public static LoraOptions Options(MaskedModel model)
    {
        var options = PeftFolder.Portable(model.Adapter.Options!, model.Adapter);
        var adapted = model.Shapes.Where(entry => entry.Value.Rank > 0).ToArray();
        var alphas = adapted.Select(entry =>
            (entry.Key, Alpha: model.Adapter.Layers[entry.Key].Scaling * entry.Value.Rank)).ToArray();
        return options with
        {
            UseRslora = false,
            RankPattern = new([.. adapted.Where(entry => entry.Value.Rank != options.Rank)
                .Select(entry => (entry.Key, entry.Value.Rank))]),
            AlphaPattern = new([.. alphas.Where(entry => entry.Alpha != options.Alpha)]),
        };
    }

    /// <summary>The options without an adapted embedding among the targets.</summary>
    private static LoraOptions OfLinears(MaskedModel model, LoraOptions options) =>
        model.Adapter.Changes.Embedding is null ? options
        : options with
        {
            TargetModules =
                [.. options.TargetModules.Except(AdaptedLinears.MissingTargets(model.Shapes.Keys, options))],
        };

    /// <summary>The part of a parameter that is left; one that belongs to no linear is whole.</summary>
    private static Tensor Cut(MaskedModel model, string name, Tensor tensor)
    {
        var path = model.Shapes.Keys.FirstOrDefault(path => name.StartsWith($"{path}.", StringComparison.Ordinal));
        return path is null ? tensor : (model.Shapes[path], name[(path.Length + 1)..]) switch
        {
            (var shape, "lora_A.weight") => LinearCut.Part(tensor, shape.Rank, shape.In),
            (var shape, "lora_B.weight") => LinearCut.Outputs(tensor, shape, shape.Rank),
            (var shape, "bias") => LinearCut.Outputs(tensor, shape),
            (var shape, _) => LinearCut.Outputs(tensor, shape, shape.In),
        };
    }
}
