using System.Buffers.Binary;
using System.Text.Json.Nodes;
using LoNas.Elastic;
using LoNas.Formats.Nncf;
using LoNas.Formats.Peft;
using LoNas.Models;
using LoNas.Runtime;
using LoNas.Storage;
using static TorchSharp.torch;

namespace LoNas.Tests.Support;

/// <summary>
/// A LLaMA in bfloat16 whose weights are a hole in a sparse file: it takes no disk space and no time to make, and reads
/// as zeros. It comes with a non-zero adapter and a search space, and serves to measure the memory that a large model
/// needs.
/// </summary>
/// <param name="Layers">Blocks.</param>
/// <param name="Hidden">Features.</param>
/// <param name="Width">Features of an MLP.</param>
/// <param name="Vocabulary">Tokens.</param>
internal sealed record SparseLlama(int Layers, long Hidden, long Width, long Vocabulary)
{
    private const int ElementSize = 2;
    private const long HeadSize = 128;

    /// <summary>Bytes of all weights.</summary>
    public long Bytes => Shapes().Sum(entry => Count(entry.Shape) * ElementSize);

    /// <summary>Elements of the largest weight.</summary>
    public long LargestElements => Shapes().Max(entry => Count(entry.Shape));

    /// <summary>Writes <c>model</c>, <c>lora</c> and <c>space.json</c> below a folder.</summary>
    public void Write(string folder)
    {
        var (model, space) = (Path.Combine(folder, "model"), Path.Combine(folder, "space.json"));
        JsonOutput.Save(Path.Combine(model, "config.json"), Config());
        WriteWeights(Path.Combine(model, "model.safetensors"));
        var layout = LinearLayout.Load(model);
        var recipe = NncfRecipe.For(NncfPreset.Math, layout);
        JsonOutput.Save(space, NncfWriter.Write(layout, recipe));
        WriteAdapter(model, Path.Combine(folder, "lora"), recipe);
    }

    private void WriteWeights(string path)
    {
        var header = new JsonObject();
        long end = 0;
        foreach (var (name, shape) in Shapes())
        {
            long start = end;
            end += Count(shape) * ElementSize;
            header[name] = new JsonObject
            {
                ["dtype"] = "BF16",
                ["shape"] = new JsonArray([.. shape.Select(size => (JsonNode)size)]),
                ["data_offsets"] = new JsonArray(start, end),
            };
        }

        // Spaces up to a multiple of 8 keep the data aligned for mapping.
        var text = header.ToJsonString();
        var bytes = System.Text.Encoding.UTF8.GetBytes(text.PadRight((text.Length + 7) / 8 * 8));
        Span<byte> length = stackalloc byte[8];
        BinaryPrimitives.WriteInt64LittleEndian(length, bytes.Length);
        using var stream = File.Create(path);
        stream.Write(length);
        stream.Write(bytes);
        stream.SetLength(stream.Position + end);
    }

    private static void WriteAdapter(string model, string folder, NncfRecipe recipe)
    {
        var options = new LoraOptions { Rank = recipe.Ranks[0], Dropout = 0, TargetModules = recipe.TargetModules };
        using var adapter = new SuperAdapter(options, new SeededRandom(1));
        using var built = ModelFolder.Open(model).Build(ScalarType.BFloat16, adapter.Linears);
        using var frozen = no_grad();
        foreach (var layer in adapter.Layers.Values)
        {
            layer.LoraB?.fill_(0.01);
        }

        PeftFolder.Save(folder, adapter, model);
    }

    private static long Count(long[] shape) => shape.Aggregate(1L, (count, size) => count * size);

    private JsonObject Config() => new()
    {
        ["architectures"] = new JsonArray("LlamaForCausalLM"),
        ["model_type"] = "llama",
        ["hidden_size"] = Hidden,
        ["intermediate_size"] = Width,
        ["num_hidden_layers"] = Layers,
        ["num_attention_heads"] = Hidden / HeadSize,
        ["vocab_size"] = Vocabulary,
        ["max_position_embeddings"] = 2048,
        ["torch_dtype"] = "bfloat16",
    };

    private IEnumerable<(string Name, long[] Shape)> Shapes() =>
    [
        ("model.embed_tokens.weight", [Vocabulary, Hidden]),
        .. Enumerable.Range(0, Layers).SelectMany(layer => Block($"model.layers.{layer}")),
        ("model.norm.weight", [Hidden]),
        ("lm_head.weight", [Vocabulary, Hidden]),
    ];

    private IEnumerable<(string Name, long[] Shape)> Block(string path) =>
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
