using System.Text.Json.Nodes;
using LoNas.Models;

namespace LoNas.Bench.Models;

/// <summary>The sizes of a random LLaMA.</summary>
internal sealed record LlamaShape
{
    /// <summary>The sizes that a benchmark can name.</summary>
    public static IReadOnlyDictionary<string, LlamaShape> Known { get; } = new Dictionary<string, LlamaShape>
    {
        ["llama-110m"] = new(),
        ["llama-1b"] = new()
        {
            Hidden = 2048,
            Layers = 22,
            Heads = 32,
            KeyValueHeads = 4,
            Intermediate = 5632,
        },
        ["llama-7b"] = new() { Hidden = 4096, Layers = 32, Heads = 32, KeyValueHeads = 32, Intermediate = 11008 },
    };

    public int Hidden { get; init; } = 768;

    public int Layers { get; init; } = 12;

    public int Heads { get; init; } = 12;

    public int KeyValueHeads { get; init; } = 12;

    public int Intermediate { get; init; } = 2048;

    public int Vocabulary { get; init; } = 32000;

    public int HeadSize => Hidden / Heads;

    /// <summary>The family, as many multiply-adds as a LLaMA of these sizes: its model_type.</summary>
    public string Family { get; init; } = Llama;

    /// <summary>The family whose sizes these are.</summary>
    public const string Llama = "llama";

    public long Parameters =>
        Parts().SelectMany(part => part).Sum(entry => entry.Shape.Aggregate(1L, (count, size) => count * size));

    public JsonObject ToConfig() => Family == Llama ? ToKeys() : ToOtherFamily();

    /// <summary>
    /// All families that are measured share these keys. The head is no embedding's, so that all have as many weights.
    /// </summary>
    private JsonObject ToOtherFamily()
    {
        var config = ToKeys();
        (config["model_type"], config["tie_word_embeddings"], config["head_dim"]) = (Family, false, HeadSize);
        config.Remove("architectures");
        if (!ModelFamilies.Find(Family)!.Targets.Any(name => name.Contains("gate", StringComparison.Ordinal)))
        {
            config["intermediate_size"] = Intermediate * 3 / 2; // two products in place of three
        }

        return config;
    }

    private JsonObject ToKeys() => new()
    {
        ["architectures"] = new JsonArray("LlamaForCausalLM"),
        ["model_type"] = Llama,
        ["hidden_size"] = Hidden,
        ["num_hidden_layers"] = Layers,
        ["num_attention_heads"] = Heads,
        ["num_key_value_heads"] = KeyValueHeads,
        ["intermediate_size"] = Intermediate,
        ["vocab_size"] = Vocabulary,
        ["max_position_embeddings"] = 2048,
        ["rms_norm_eps"] = 1e-6,
    };

    /// <summary>Names and shapes of the weights, in parts that fit into memory one at a time.</summary>
    public IEnumerable<IReadOnlyList<(string Name, long[] Shape)>> Parts()
    {
        yield return
        [
            ("model.embed_tokens.weight", [Vocabulary, Hidden]),
            ("model.norm.weight", [Hidden]),
            ("lm_head.weight", [Vocabulary, Hidden]),
        ];
        foreach (var layers in Enumerable.Range(0, Layers).Chunk(4))
        {
            yield return [.. layers.SelectMany(Layer)];
        }
    }

    private IEnumerable<(string Name, long[] Shape)> Layer(int index)
    {
        var path = $"model.layers.{index}";
        long keys = HeadSize * KeyValueHeads;
        yield return ($"{path}.self_attn.q_proj.weight", [Hidden, Hidden]);
        yield return ($"{path}.self_attn.k_proj.weight", [keys, Hidden]);
        yield return ($"{path}.self_attn.v_proj.weight", [keys, Hidden]);
        yield return ($"{path}.self_attn.o_proj.weight", [Hidden, Hidden]);
        yield return ($"{path}.mlp.gate_proj.weight", [Intermediate, Hidden]);
        yield return ($"{path}.mlp.up_proj.weight", [Intermediate, Hidden]);
        yield return ($"{path}.mlp.down_proj.weight", [Hidden, Intermediate]);
        yield return ($"{path}.input_layernorm.weight", [Hidden]);
        yield return ($"{path}.post_attention_layernorm.weight", [Hidden]);
    }
}
