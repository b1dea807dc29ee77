using LoNas.Elastic;
using LoNas.Errors;
using LoNas.Weights;
using static TorchSharp.torch;

namespace LoNas.Export.Extraction;

/// <summary>
/// The tensors of a masked model made real, in the checkpoint's names and the model's order, none of them made yet.
/// </summary>
internal static class CutTensors
{
    /// <summary>The base's tensors.</summary>
    /// <param name="model">Where they come from; it must live until they are written.</param>
    /// <param name="dtype">Element type of floating-point tensors.</param>
    /// <param name="merge">Whether the adapter is added to the base's weights.</param>
    /// <param name="padTo">Width to which every MLP is padded with zeros; null leaves the cut widths.</param>
    public static IReadOnlyList<PendingTensor> Base(MaskedModel model, ScalarType dtype, bool merge, long? padTo = null)
    {
        var widths = CutWidths.Of(model);
        var tensors = new List<PendingTensor>();
        foreach (var (name, parameter) in model.Parameters)
        {
            int dot = name.LastIndexOf('.');
            var (path, leaf) = (name[..dot], name[(dot + 1)..]);
            if (leaf is "lora_A" or "lora_B")
            {
                continue;
            }

            if (!model.Adapter.Layers.TryGetValue(path, out var layer))
            {
                tensors.Add(new PendingTensor(name, dtype, parameter.shape, () => parameter.detach().to(dtype)));
                continue;
            }

            var shape = model.Shapes[path];
            var padded = padTo is { } width ? widths.Padded(path, shape, width) : shape;
            long[] final = leaf == "bias" ? [padded.Out] : [padded.Out, padded.In];
            tensors.Add(new PendingTensor(name, dtype, final, () =>
            {
                var made = Make(layer, leaf, shape, final, dtype, merge);
                return merge && layer.LoraA is not null ? Finite(name, made) : made;
            }));
        }

        return tensors;
    }

    /// <summary>Base and adapter are finite, and what they add up to may be too large for the type.</summary>
    private static Tensor Finite(string name, Tensor made)
    {
        using var scope = NewDisposeScope();
        return made.isfinite().all().item<bool>() ? made
            : throw new InvalidDataException(
                $"'{name}' has numbers that {ElementTypes.NameOf(made.dtype)} does not hold once the adapter is added "
                + "to it; write bfloat16 or float32, or look at the adapter's lora_alpha and at the base")
                .About(Setting.OutputType);
    }

    private static Tensor Make(
        ElasticLinear layer, string leaf, LinearShape shape, long[] final, ScalarType dtype, bool merge)
    {
        using var scope = NewDisposeScope();
        var cut = leaf == "bias" ? LinearCut.Outputs(layer.Bias!, shape)
            : merge ? LinearCut.Merged(layer, shape)
            : LinearCut.Base(layer, shape);
        return LinearCut.Padded(cut.detach().to(dtype), final, shape.Parts).MoveToOuterDisposeScope();
    }
}
