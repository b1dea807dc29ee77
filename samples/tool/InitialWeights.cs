using LoNas.Weights;
using static TorchSharp.torch;

namespace LoNas.Samples;

/// <summary>The untrained weights, under the names of Transformers' LlamaForCausalLM.</summary>
internal static class InitialWeights
{
    /// <summary>Standard deviation of the matrices.</summary>
    public const double Deviation = 0.03;

    /// <summary>Writes a checkpoint of normally distributed matrices and norms of one.</summary>
    public static void Write(string path, long seed)
    {
        using var scope = NewDisposeScope();
        using var random = new Generator((ulong)seed, CPU);
        SafetensorsWriter.Save(path, [.. Shapes().Select(entry => (entry.Name, Draw(entry.Shape, random)))]);
    }

    private static Tensor Draw(long[] shape, Generator random) =>
        shape.Length == 1 ? ones(shape) : empty(shape).normal_(0, Deviation, random);

    private static IEnumerable<(string Name, long[] Shape)> Shapes()
    {
        const long H = ModelSettings.HiddenSize;
        const long W = ModelSettings.IntermediateSize;
        const long V = SampleTokenizer.VocabularySize;
        yield return ("model.embed_tokens.weight", [V, H]);
        for (int layer = 0; layer < ModelSettings.LayerCount; layer++)
        {
            var path = $"model.layers.{layer}";
            yield return ($"{path}.input_layernorm.weight", [H]);
            foreach (var name in new[] { "q_proj", "k_proj", "v_proj", "o_proj" })
            {
                yield return ($"{path}.self_attn.{name}.weight", [H, H]);
            }

            yield return ($"{path}.post_attention_layernorm.weight", [H]);
            yield return ($"{path}.mlp.gate_proj.weight", [W, H]);
            yield return ($"{path}.mlp.up_proj.weight", [W, H]);
            yield return ($"{path}.mlp.down_proj.weight", [H, W]);
        }

        yield return ("model.norm.weight", [H]);
        yield return ("lm_head.weight", [V, H]);
    }
}
