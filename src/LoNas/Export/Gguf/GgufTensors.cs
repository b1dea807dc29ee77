using LoNas.Export.Extraction;
using LoNas.Models.Attention;
using LoNas.Weights;
using static TorchSharp.torch;

namespace LoNas.Export.Gguf;

/// <summary>The tensors of a masked model under llama.cpp's names and in its order of rotated features.</summary>
internal static class GgufTensors
{
    /// <summary>The tensors; norms and biases stay F32, as do all that llama.cpp adds rather than multiplies.</summary>
    /// <param name="model">The masked model; its adapter is merged.</param>
    /// <param name="family">Its family.</param>
    /// <param name="type">The type of the matrices; those whose rows do not fit blocks are F16 instead.</param>
    public static IReadOnlyList<GgufTensor> Of(MaskedModel model, GgufFamily family, GgufType type)
    {
        var tensors = new List<GgufTensor>();
        if (family.Settings.RopeScaling is { Type: RopeScaling.Llama3 } scaling)
        {
            tensors.Add(FrequencyFactors(family.Settings.RopeTheta, family.Config.HeadSize, scaling));
        }

        foreach (var pending in CutTensors.Base(model, ScalarType.Float32, merge: true))
        {
            int dot = pending.Name.LastIndexOf('.');
            var path = pending.Name[..dot];
            var make = pending.Make;
            if (family.Interleaves(path))
            {
                make = () => Interleaved(pending, family.Config.HeadSize);
            }

            var own = pending.Shape.Length == 1 ? GgufType.F32
                : type == GgufType.Q8_0 && !GgufTensor.FitsBlocks(pending.Shape[^1]) ? GgufType.F16
                : type;
            tensors.Add(new GgufTensor(family.NameOfTensor(pending.Name), own, pending.Shape, make));
        }

        return tensors;
    }

    private static Tensor Interleaved(PendingTensor pending, long headSize)
    {
        using var made = pending.Make();
        return RotaryOrder.Interleave(made, headSize);
    }

    /// <summary>By how much each frequency is divided, [D/2]: how llama.cpp takes Llama 3.1's scaling.</summary>
    private static GgufTensor FrequencyFactors(double theta, long headSize, RopeScaling scaling)
    {
        var factors = Enumerable.Range(0, (int)headSize / 2)
            .Select(i => Math.Pow(theta, -2.0 * i / headSize))
            .Select(frequency => (float)(frequency / scaling.Scale(frequency))).ToArray();
        return new GgufTensor("rope_freqs.weight", GgufType.F32, [factors.Length], () => tensor(factors));
    }
}
