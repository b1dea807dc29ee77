using System.Collections.Immutable;
using System.Text.Json;
using LoNas.Models.Families;
using LoNas.Storage;

namespace LoNas.Models;

/// <summary>The model families there are: a row for each, and those that a program adds.</summary>
public static class ModelFamilies
{
    private static readonly Lock Registration = new();

    private static readonly (string Key, string Feature)[] Extraordinary =
    [
        ("num_local_experts", "a mixture of experts"),
        ("num_experts", "a mixture of experts"),
        ("n_routed_experts", "a mixture of experts"),
        ("vision_config", "a vision part"),
        ("audio_config", "an audio part"),
        ("hidden_size_per_layer_input", "embeddings for each layer"),
    ];

    // Replaced as a whole, so that readers need no lock.
    private static ImmutableArray<ModelFamily> _all =
    [
        LlamaLike("llama", "Llama"),
        LlamaLike("mistral", "Mistral"),
        LlamaLike("qwen2", "Qwen2") with { LlamaCpp = LlamaCppTable.Qwen2 },
        LlamaLike("qwen3", "Qwen3") with { Read = Qwen3Config.Describe, LlamaCpp = LlamaCppTable.Qwen3 },
        LlamaLike("olmo2", "Olmo2") with { Read = Olmo2Config.Describe, LlamaCpp = LlamaCppTable.Olmo2 },
        LlamaLike("smollm3", "SmolLM3") with { Read = SmolLm3Config.Describe, LlamaCpp = LlamaCppTable.SmolLm3 },
        LlamaLike("granite", "Granite") with { Read = GraniteConfig.Describe, LlamaCpp = LlamaCppTable.Granite },
        LlamaLike("gemma", "Gemma") with { Read = GemmaConfig.Describe, LlamaCpp = LlamaCppTable.Gemma },
        LlamaLike("gemma2", "Gemma2") with
        {
            Read = Gemma2Config.Describe,
            // What norms take behind attention and MLP is kept; weights of bounded scores are not.
            Kept = new KeptActivations { SharesInput = ["k_proj", "v_proj", "up_proj"], KeepsWeights = false },
            LlamaCpp = LlamaCppTable.Gemma2,
        },
        LlamaLike(Gemma3Config.Name, "Gemma3", body: "Gemma3TextModel") with
        {
            Read = Gemma3Config.Describe,
            Kept = new KeptActivations
            {
                SharesInput = ["k_proj", "v_proj", "up_proj"],
                RepeatedHeads = ["k_proj", "v_proj"],
                Normed = ["q_proj", "k_proj"],
            },
            LlamaCpp = LlamaCppTable.Gemma3,
        },
        LlamaLike(Gemma3Whole.Name, "Gemma3") with
        {
            Read = Gemma3Whole.Describe,
            TextPartOf = "vision_config",
            Part = Gemma3Whole.TextOf,
            LlamaCpp = LlamaCppTable.Gemma3,
        },
        Phi3(),
        GptNeoX(),
        Bloom(),
        BertLike("bert", "Bert"),
        DistilBert(),
        BertLike(Roberta.Name, "Roberta"),
    ];

    /// <summary>All families, in the order they were added.</summary>
    public static IReadOnlyList<ModelFamily> All => _all;

    /// <summary>Adds a family, from now on for the whole process.</summary>
    /// <exception cref="ArgumentException">
    /// There is one of this name, or one whose blocks have the same path and cut the same linears otherwise.
    /// </exception>
    public static void Register(ModelFamily family)
    {
        lock (Registration)
        {
            if (_all.Any(other => other.ModelType == family.ModelType))
            {
                throw new ArgumentException(
                    $"There is a model family '{family.ModelType}' already; choose another model_type");
            }

            if (_all.FirstOrDefault(other => Contradict(family, other)) is { } found)
            {
                throw new ArgumentException(
                    $"The families '{family.ModelType}' and '{found.ModelType}' have blocks at '{family.BlockPath}' "
                    + "and cut the same linears there otherwise; name the blocks or the linears differently");
            }

            _all = _all.Add(family);
        }
    }

    /// <summary>The family of a <c>model_type</c>; null where there is none.</summary>
    public static ModelFamily? Find(string modelType) => _all.FirstOrDefault(family => family.ModelType == modelType);

    /// <summary>Whether a path is that of a language model's head in any family.</summary>
    internal static bool IsHead(string path) => _all.Any(family => family.HeadPath == path);

    /// <summary>The head's path in the family of a <c>model_type</c>.</summary>
    internal static string HeadOf(ModelConfig config) =>
        Find(config.ModelType)?.HeadPath ?? LinearLayout.LanguageHead;

    /// <summary>The family of a model that was read.</summary>
    internal static ModelFamily Of(ModelConfig config) => Find(config.ModelType)
        ?? throw new InvalidOperationException($"There is no model family '{config.ModelType}'; register it first");

    /// <summary>Describes a model by its config.json; <paramref name="origin"/> names it in errors.</summary>
    /// <exception cref="InvalidDataException">The family is unknown, or keys are unusable.</exception>
    public static ModelDescription Read(JsonElement json, string origin)
    {
        var type = json.TryGetProperty("model_type", out var value) && value.ValueKind == JsonValueKind.String
            ? value.GetString()
            : null;
        if (json.TryGetProperty("quantization_config", out var method) && method.ValueKind != JsonValueKind.Null)
        {
            throw new InvalidDataException(
                $"The {origin} has a quantization_config; quantised weights are not supported, get the checkpoint that "
                + "is not quantised");
        }

        var family = Find(type ?? "");
        RequireOrdinary(json, origin, type, family);
        family = family ?? throw new InvalidDataException(
            $"The {origin} has the model_type '{Excerpt.Of(type ?? "(none)")}'; supported are "
            + string.Join(", ", _all.Select(family => family.ModelType)));
        var description = family.Read(json, origin);
        return description.Causal is null ? description
            : description with { Notices = [.. description.Notices, .. Dropouts(json)] };
    }

    /// <summary>The config.json of the model that is read, which may be a part of a larger one.</summary>
    internal static JsonElement PartOf(JsonElement json) =>
        json.TryGetProperty("model_type", out var type) && type.ValueKind == JsonValueKind.String
            && Find(type.GetString()!)?.Part is { } part ? part(json) : json;

    /// <summary>A decoder's own dropout, which changes what a training learns elsewhere.</summary>
    private static IEnumerable<string> Dropouts(JsonElement json) =>
        new[] { "attention_dropout", "hidden_dropout", "resid_pdrop", "embd_pdrop" }
            .Where(key => json.TryGetProperty(key, out var value) && value.ValueKind == JsonValueKind.Number
                && value.GetDouble() > 0)
            .Select(key => $"{key} {json.GetProperty(key)} of config.json drops nothing in a training here; the "
                + "adapter's own dropout does");

    /// <summary>
    /// Refuses what no family here computes by the keys that ask for it, whatever the family: such a config may name
    /// one whose ordinary models are supported.
    /// </summary>
    private static void RequireOrdinary(JsonElement json, string origin, string? type, ModelFamily? family)
    {
        var found = Extraordinary.Where(part => json.TryGetProperty(part.Key, out var value) && Asks(value)
            && family?.TextPartOf != part.Key).ToArray();
        if (found.Length > 0)
        {
            throw new InvalidDataException(
                $"The {origin} (model_type '{Excerpt.Of(type ?? "(none)")}') has "
                + string.Join(" and ", found.Select(part => $"{part.Feature} ({part.Key})"))
                + ", which is not supported; choose a dense model of text");
        }

        // One expert, none, and an empty value ask for nothing.
        static bool Asks(JsonElement value) => value.ValueKind switch
        {
            JsonValueKind.Number => value.TryGetDouble(out double count) && count > 1,
            JsonValueKind.String => value.GetString() is not ("" or "0" or "1"),
            JsonValueKind.Array => value.GetArrayLength() > 0,
            JsonValueKind.Object or JsonValueKind.True => true,
            _ => false,
        };
    }

    /// <summary>How a linear's output is cut, and what follows; null where it can't be.</summary>
    internal static FoundCut? FindCut(string linearPath)
    {
        foreach (var family in _all)
        {
            int end = linearPath.StartsWith($"{family.BlockPath}.", StringComparison.Ordinal)
                ? linearPath.IndexOf('.', family.BlockPath.Length + 1)
                : -1;
            var name = linearPath[(end + 1)..];
            if (end > 0 && Widths(family).FirstOrDefault(cut => Names(cut).Contains(name)) is { } found)
            {
                return new FoundCut(found, linearPath[..end]);
            }
        }

        return null;
    }

    private static IEnumerable<BlockCut> Widths(ModelFamily family) =>
        family.Cuts.Where(cut => cut.Kind != CutKind.Rank);

    private static IEnumerable<string> Names(BlockCut cut) => cut.Linears.Select(name => $"{cut.Module}.{name}");

    private static bool Contradict(ModelFamily one, ModelFamily other) => one.BlockPath == other.BlockPath
        && Widths(one).Any(cut => Widths(other).Any(found => Contradict(cut, found)));

    private static bool Contradict(BlockCut one, BlockCut other) => Names(one).Intersect(Names(other)).Any()
        && ((one.Kind, one.Consumer) != (other.Kind, other.Consumer) || !Names(one).SequenceEqual(Names(other)));

    /// <summary>
    /// LLaMA, and the families that share its file: Mistral with a sliding window, Qwen2 with biases.
    /// </summary>
    /// <param name="modelType">The name in config.json.</param>
    /// <param name="name">The name in Transformers' classes.</param>
    /// <param name="body">The name of the class below the head; null for the usual.</param>
    private static ModelFamily LlamaLike(string modelType, string name, string? body = null) => new()
    {
        ModelType = modelType,
        Read = LlamaConfig.Describe,
        BlockPath = "model.layers",
        EmbeddingPath = "model.embed_tokens",
        Targets = ["q_proj", "k_proj", "v_proj", "up_proj", "gate_proj", "down_proj"],
        Cuts =
        [
            new(CutKind.Rank, "self_attn", ["q_proj", "k_proj", "v_proj"]),
            new(CutKind.Mlp, "mlp", ["gate_proj", "up_proj"], Consumer: "mlp.down_proj"),
            new(CutKind.Rank, "mlp", ["gate_proj", "up_proj"]),
        ],
        Nncf = new NncfNames(
            $"PeftModelForCausalLM/LoraModel[base_model]/{name}ForCausalLM[model]/{body ?? $"{name}Model"}[model]/"
                + $"ModuleList[layers]/{name}DecoderLayer",
            new Dictionary<string, string> { ["self_attn"] = $"{name}Attention", ["mlp"] = $"{name}MLP" }),
        Kept = new KeptActivations
        {
            Summed = ["o_proj", "down_proj"],
            SharesInput = ["k_proj", "v_proj", "up_proj"],
            RepeatedHeads = ["k_proj", "v_proj"],
        },
        LlamaCpp = LlamaCppTable.Llama,
    };

    private static ModelFamily Phi3() => new()
    {
        ModelType = "phi3",
        Read = Phi3Config.Describe,
        BlockPath = "model.layers",
        EmbeddingPath = "model.embed_tokens",
        Targets = ["qkv_proj", "gate_up_proj", "down_proj"],
        Cuts =
        [
            new(CutKind.Rank, "self_attn", ["qkv_proj"]),
            new(CutKind.Mlp, "mlp", ["gate_up_proj"], Consumer: "mlp.down_proj"),
            new(CutKind.Rank, "mlp", ["gate_up_proj"]),
        ],
        Nncf = new NncfNames(
            "PeftModelForCausalLM/LoraModel[base_model]/Phi3ForCausalLM[model]/Phi3Model[model]/ModuleList[layers]/"
                + "Phi3DecoderLayer",
            new Dictionary<string, string> { ["self_attn"] = "Phi3Attention", ["mlp"] = "Phi3MLP" }),
        Kept = new KeptActivations { Summed = ["o_proj", "down_proj"], FusedHeads = ["qkv_proj"] },
        LlamaCpp = LlamaCppTable.Phi3,
    };

    private static ModelFamily GptNeoX() => new()
    {
        ModelType = "gpt_neox",
        Read = GptNeoXConfig.Describe,
        BlockPath = "gpt_neox.layers",
        EmbeddingPath = "gpt_neox.embed_in",
        HeadPath = "embed_out",
        Targets = ["query_key_value", "dense_h_to_4h", "dense_4h_to_h"],
        Cuts =
        [
            new(CutKind.Rank, "attention", ["query_key_value"]),
            new(CutKind.Mlp, "mlp", ["dense_h_to_4h"], Consumer: "mlp.dense_4h_to_h"),
            new(CutKind.Rank, "mlp", ["dense_h_to_4h"]),
        ],
        Nncf = new NncfNames(
            "PeftModelForCausalLM/LoraModel[base_model]/GPTNeoXForCausalLM[model]/GPTNeoXModel[gpt_neox]/"
                + "ModuleList[layers]/GPTNeoXLayer",
            new Dictionary<string, string> { ["attention"] = "GPTNeoXAttention", ["mlp"] = "GPTNeoXMLP" }),
        Kept = new KeptActivations { Summed = ["dense", "dense_4h_to_h"] },
        LlamaCpp = LlamaCppTable.GptNeoX,
    };

    private static ModelFamily Bloom() => new()
    {
        ModelType = "bloom",
        Read = BloomConfig.Describe,
        BlockPath = "transformer.h",
        EmbeddingPath = "transformer.word_embeddings",
        Targets = ["query_key_value", "dense_h_to_4h", "dense_4h_to_h"],
        Cuts =
        [
            new(CutKind.Rank, "self_attention", ["query_key_value"]),
            new(CutKind.Mlp, "mlp", ["dense_h_to_4h"], Consumer: "mlp.dense_4h_to_h"),
            new(CutKind.Rank, "mlp", ["dense_h_to_4h"]),
        ],
        HasMlpKey = false,
        Nncf = new NncfNames(
            "PeftModelForCausalLM/LoraModel[base_model]/BloomForCausalLM[model]/BloomModel[transformer]/ModuleList[h]/"
                + "BloomBlock",
            new Dictionary<string, string> { ["self_attention"] = "BloomAttention", ["mlp"] = "BloomMLP" }),
        Kept = new KeptActivations { Summed = ["dense", "dense_4h_to_h"], HasBias = true },
    };

    /// <summary>BERT, and RoBERTa, which shares its encoder.</summary>
    /// <param name="modelType">The name in config.json, and of the encoder in a checkpoint.</param>
    /// <param name="name">The name in Transformers' classes.</param>
    private static ModelFamily BertLike(string modelType, string name) => new()
    {
        ModelType = modelType,
        Read = modelType == Roberta.Name ? Roberta.Describe : BertConfig.Describe,
        IsClassifier = true,
        Architecture = $"{name}ForSequenceClassification",
        BlockPath = $"{modelType}.encoder.layer",
        EmbeddingPath = $"{modelType}.embeddings.word_embeddings",
        Targets = ["query", "value"],
        Cuts =
        [
            new(CutKind.Heads, "attention.self", ["query", "key", "value"], Consumer: "attention.output.dense"),
            new(CutKind.Rank, "attention.self", ["query", "key", "value"]),
            new(CutKind.Mlp, "intermediate", ["dense"], Consumer: "output.dense"),
        ],
        Nncf = new NncfNames(
            $"PeftModelForSequenceClassification/LoraModel[base_model]/{name}ForSequenceClassification[model]/"
                + $"{name}Model[{modelType}]/{name}Encoder[encoder]/ModuleList[layer]/{name}Layer",
            new Dictionary<string, string>
            {
                ["attention"] = $"{name}Attention",
                ["attention.self"] = $"{name}SelfAttention",
                ["attention.output"] = $"{name}SelfOutput",
                ["intermediate"] = $"{name}Intermediate",
            },
            DynamicInput: ("attention.output", "dense"))
        {
            HasTokenTypes = modelType != Roberta.Name,
        },
        Kept = new KeptActivations { Summed = ["dense"] },
    };

    private static ModelFamily DistilBert() => new()
    {
        ModelType = "distilbert",
        Read = DistilBertConfig.Describe,
        IsClassifier = true,
        Architecture = "DistilBertForSequenceClassification",
        BlockPath = "distilbert.transformer.layer",
        EmbeddingPath = "distilbert.embeddings.word_embeddings",
        Targets = ["q_lin", "v_lin"],
        Cuts =
        [
            new(CutKind.Heads, "attention", ["q_lin", "k_lin", "v_lin"], Consumer: "attention.out_lin"),
            new(CutKind.Rank, "attention", ["q_lin", "k_lin", "v_lin"]),
            new(CutKind.Mlp, "ffn", ["lin1"], Consumer: "ffn.lin2"),
        ],
        MlpKey = "hidden_dim",
        Nncf = new NncfNames(
            "PeftModelForSequenceClassification/LoraModel[base_model]/DistilBertForSequenceClassification[model]/"
                + "DistilBertModel[distilbert]/Transformer[transformer]/ModuleList[layer]/TransformerBlock",
            new Dictionary<string, string> { ["attention"] = "MultiHeadSelfAttention", ["ffn"] = "FFN" },
            DynamicInput: ("attention", "out_lin")),
        Kept = new KeptActivations { Summed = ["out_lin", "lin2"] },
    };
}

/// <summary>The cut that a linear is in, and the block.</summary>
/// <param name="Cut">What is cut together.</param>
/// <param name="Block">Path of the block, such as <c>model.layers.0</c>.</param>
internal readonly record struct FoundCut(BlockCut Cut, string Block)
{
    /// <summary>Paths of all linears that are cut together, where the model has them.</summary>
    public IEnumerable<string> Producers
    {
        get
        {
            var (cut, block) = this;
            return cut.Linears.Select(name => $"{block}.{cut.Module}.{name}");
        }
    }

    /// <summary>Path of the linear that follows.</summary>
    public string Consumer => $"{Block}.{Cut.Consumer}";
}
