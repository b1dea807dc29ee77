using System.Text.Json.Nodes;
using LoNas.Elastic;
using LoNas.Formats.Nncf;
using LoNas.Formats.Peft;
using LoNas.Models;
using LoNas.Runtime;
using LoNas.Storage;
using LoNas.Weights;
using static TorchSharp.torch;

namespace LoNas.Benchmarks;

/// <summary>A LLaMA of 110 million parameters with random weights, and an adapter with random weights for it.</summary>
internal static class RandomModel
{
    private const long Hidden = 768;
    private const long Width = 2048;
    private const int Layers = 12;
    private const long Heads = 12;
    private const long Vocabulary = 32000;
    private const double Deviation = 0.02;

    /// <summary>Weights of the language-model head.</summary>
    public const long HeadWeights = Vocabulary * Hidden;

    /// <summary>
    /// Writes base, adapter and search space below <paramref name="folder"/>; returns how to open them.
    /// </summary>
    public static OpenOptions Write(string folder)
    {
        var (model, adapter, space) =
            (Path.Combine(folder, "model"), Path.Combine(folder, "lora"), Path.Combine(folder, "space.json"));
        JsonOutput.Save(Path.Combine(model, "config.json"), Config());
        using (var scope = NewDisposeScope())
        {
            using var random = new Generator(1, CPU);
            SafetensorsWriter.Save(
                Path.Combine(model, "model.safetensors"),
                [.. Shapes().Select(entry => (entry.Name, Draw(entry.Shape, random)))]);
        }

        var layout = LinearLayout.Load(model);
        var recipe = NncfRecipe.For(NncfPreset.Math, layout);
        JsonOutput.Save(space, NncfWriter.Write(layout, recipe));
        WriteAdapter(model, adapter, recipe);
        return new OpenOptions
        {
            Model = model,
            Adapter = adapter,
            ConfigurationFile = space,
            Use = ModelUse.Stored,
            NeedsTokenizer = false,
        };
    }

    private static void WriteAdapter(string model, string folder, NncfRecipe recipe)
    {
        var options = new LoraOptions
        {
            Rank = recipe.Ranks[0],
            Alpha = 2 * recipe.Ranks[0],
            Dropout = 0,
            TargetModules = recipe.TargetModules,
        };
        using var adapter = new SuperAdapter(options, new SeededRandom(2));
        using var built = ModelFolder.Open(model).Build(ScalarType.Float32, adapter.Linears);
        using var frozen = no_grad();
        using var random = new Generator(3, CPU);
        foreach (var layer in adapter.Layers.Values)
        {
            layer.LoraB?.normal_(0, Deviation, random);
        }

        PeftFolder.Save(folder, adapter, model);
    }

    private static JsonObject Config() => new()
    {
        ["architectures"] = new JsonArray("LlamaForCausalLM"),
        ["model_type"] = "llama",
        ["hidden_size"] = Hidden,
        ["intermediate_size"] = Width,
        ["num_hidden_layers"] = Layers,
        ["num_attention_heads"] = Heads,
        ["vocab_size"] = Vocabulary,
        ["max_position_embeddings"] = 2048,
        ["torch_dtype"] = "float32",
    };

    private static Tensor Draw(long[] shape, Generator random) =>
        shape.Length == 1 ? ones(shape) : empty(shape).normal_(0, Deviation, random);

    private static IEnumerable<(string Name, long[] Shape)> Shapes() =>
    [
        ("model.embed_tokens.weight", [Vocabulary, Hidden]),
        .. Enumerable.Range(0, Layers).SelectMany(layer => Block($"model.layers.{layer}")),
        ("model.norm.weight", [Hidden]),
        ("lm_head.weight", [Vocabulary, Hidden]),
    ];

    private static IEnumerable<(string Name, long[] Shape)> Block(string path) =>
    [
        ($"{path}.input_layernorm.weight", [Hidden]),
        .. new[] { "q_proj", "k_proj", "v_proj", "o_proj" }
            .Select(name => ($"{path}.self_attn.{name}.weight", new[] { Hidden, Hidden })),
        ($"{path}.post_attention_layernorm.weight", [Hidden]),
        ($"{path}.mlp.gate_proj.weight", [Width, Hidden]),
        ($"{path}.mlp.up_proj.weight", [Width, Hidden]),
        ($"{path}.mlp.down_proj.weight", [Hidden, Width]),
    ];
}
