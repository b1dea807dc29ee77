using System.Text.Json.Nodes;
using LoNas.Files;
using static TorchSharp.torch;

namespace LoNas.Cli.Runs;

/// <summary>A LLaMA of random weights for measurements, as a folder on disk, so that processes share it.</summary>
internal static class RandomLlama
{
    private const int Hidden = 768;
    private const int Layers = 12;
    private const int Heads = 12;
    private const int Intermediate = 2048;
    private const int Vocabulary = 32000;

    /// <summary>The initializer_range of LLaMA.</summary>
    private const double Deviation = 0.02;

    /// <summary>Writes config.json and float32 weights.</summary>
    public static void Save(string folder, long seed)
    {
        using var scope = NewDisposeScope();
        using var random = new Generator((ulong)seed);
        JsonOutput.Save(Path.Combine(folder, "config.json"), new JsonObject
        {
            ["model_type"] = "llama",
            ["hidden_size"] = Hidden,
            ["num_hidden_layers"] = Layers,
            ["num_attention_heads"] = Heads,
            ["intermediate_size"] = Intermediate,
            ["vocab_size"] = Vocabulary,
            ["max_position_embeddings"] = 2048,
            ["rms_norm_eps"] = 1e-6,
        });
        SafetensorsWriter.Save(
            Path.Combine(folder, "model.safetensors"),
            [.. Shapes().Select(entry => (entry.Name, entry.Shape.Length == 1
                ? ones(entry.Shape)
                : empty(entry.Shape).normal_(0, Deviation, random)))]);
    }

    private static IEnumerable<(string Name, long[] Shape)> Shapes()
    {
        yield return ("model.embed_tokens.weight", [Vocabulary, Hidden]);
        yield return ("model.norm.weight", [Hidden]);
        yield return ("lm_head.weight", [Vocabulary, Hidden]);
        for (int layer = 0; layer < Layers; layer++)
        {
            var path = $"model.layers.{layer}";
            foreach (var name in new[] { "q_proj", "k_proj", "v_proj", "o_proj" })
            {
                yield return ($"{path}.self_attn.{name}.weight", [Hidden, Hidden]);
            }

            yield return ($"{path}.mlp.gate_proj.weight", [Intermediate, Hidden]);
            yield return ($"{path}.mlp.up_proj.weight", [Intermediate, Hidden]);
            yield return ($"{path}.mlp.down_proj.weight", [Hidden, Intermediate]);
            yield return ($"{path}.input_layernorm.weight", [Hidden]);
            yield return ($"{path}.post_attention_layernorm.weight", [Hidden]);
        }
    }
}
