using LoNas.Models.Attention;
using static TorchSharp.torch;

namespace LoNas.Export.Gguf;

/// <summary>Scaled rotary positions in llama.cpp's terms: keys, or tensors that frequencies are divided by.</summary>
internal static class GgufRope
{
    /// <summary>Adds the keys of a scaling.</summary>
    public static void Describe(GgufMetadata metadata, string architecture, RopeScaling? scaling)
    {
        string Key(string name) => $"{architecture}.rope.scaling.{name}";
        if (scaling is { Type: RopeScaling.Linear })
        {
            metadata.Add(Key("type"), "linear").Add(Key("factor"), scaling.Factor);
        }
    }

    /// <summary>The tensors of a scaling.</summary>
    public static IEnumerable<GgufTensor> Tensors(GgufFamily family)
    {
        if (family.Settings.RopeScaling is not { } scaling)
        {
            yield break;
        }

        if (scaling.Type == RopeScaling.Llama3)
        {
            long size = family.Settings.RotarySize ?? family.Config.HeadSize;
            yield return Factors(
                "rope_freqs.weight",
                [
                    .. Enumerable.Range(0, (int)size / 2)
                        .Select(i => Math.Pow(family.Settings.RopeTheta, -2.0 * i / size))
                        .Select(frequency => (float)(frequency / scaling.Scale(frequency))),
                ]);
        }
    }

    /// <summary>By how much each frequency is divided, [D/2].</summary>
    private static GgufTensor Factors(string name, float[] factors) =>
        new(name, GgufType.F32, [factors.Length], () => tensor(factors));
}
