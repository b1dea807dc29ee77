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
        switch (scaling?.Type)
        {
            case RopeScaling.Linear:
                metadata.Add(Key("type"), "linear").Add(Key("factor"), scaling.Factor);
                break;
            case RopeScaling.Yarn:
                // llama.cpp multiplies by the usual factor itself, and by this beside it.
                double usual = scaling.Factor > 1 ? (0.1 * Math.Log(scaling.Factor)) + 1 : 1;
                metadata.Add(Key("type"), "yarn").Add(Key("factor"), scaling.Factor)
                    .Add(Key("original_context_length"), scaling.OriginalPositions)
                    .Add(Key("attn_factor"), scaling.AttentionFactor / usual)
                    .Add(Key("yarn_beta_fast"), scaling.FastTurns).Add(Key("yarn_beta_slow"), scaling.SlowTurns);
                break;
            case RopeScaling.LongRope:
                metadata.Add(Key("type"), "longrope")
                    .Add(Key("original_context_length"), scaling.OriginalPositions)
                    .Add(Key("attn_factor"), scaling.AttentionFactor);
                break;
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
                        .Select(frequency => frequency / scaling.Scale(frequency)),
                ]);
        }

        if (scaling.Type == RopeScaling.LongRope)
        {
            yield return Factors("rope_factors_long.weight", scaling.LongFactors);
            yield return Factors("rope_factors_short.weight", scaling.ShortFactors);
        }
    }

    /// <summary>By how much each frequency is divided, [D/2].</summary>
    private static GgufTensor Factors(string name, IReadOnlyList<double> factors) => new(
        name, GgufType.F32, [factors.Count], () => tensor(factors.Select(factor => (float)factor).ToArray()));
}
