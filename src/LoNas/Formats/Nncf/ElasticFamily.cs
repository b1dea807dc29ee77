namespace LoNas.Formats.Nncf;

/// <summary>What an NNCF configuration must know of a model family: class names of its modules, and its groups.</summary>
internal sealed record ElasticFamily
{
    /// <summary>The family, as config.json's <c>model_type</c> names it.</summary>
    public required string ModelType { get; init; }

    /// <summary>Scope of a block up to its index, with the class names of PEFT and Transformers.</summary>
    public required string BlockScope { get; init; }

    /// <summary>Checkpoint path of the list of blocks.</summary>
    public required string BlockPath { get; init; }

    /// <summary>Class names of the modules in a block by their path in it.</summary>
    public required IReadOnlyDictionary<string, string> Classes { get; init; }

    /// <summary>The groups in the reference's order: each for all blocks before the next.</summary>
    public required IReadOnlyList<ElasticGroupTemplate> Groups { get; init; }

    /// <summary>Linears that get an adapter by default.</summary>
    public required IReadOnlyList<string> Targets { get; init; }

    /// <summary>Module and name of a linear whose input NNCF must be told to follow a cut; or null.</summary>
    public (string Module, string Name)? DynamicInput { get; init; }

    /// <summary>The family of a layout.</summary>
    public static ElasticFamily Of(string modelType) => All.Single(family => family.ModelType == modelType);

    private static readonly ElasticFamily[] All = [Llama("llama", "Llama"), Llama("mistral", "Mistral"),
        Llama("qwen2", "Qwen2"), Bloom(), Bert()];

    private static ElasticFamily Llama(string modelType, string name) => new()
    {
        ModelType = modelType,
        BlockScope = $"PeftModelForCausalLM/LoraModel[base_model]/{name}ForCausalLM[model]/{name}Model[model]/"
            + $"ModuleList[layers]/{name}DecoderLayer",
        BlockPath = "model.layers",
        Classes = new Dictionary<string, string> { ["self_attn"] = $"{name}Attention", ["mlp"] = $"{name}MLP" },
        Groups =
        [
            new(ElasticKind.Rank, "self_attn", "q_proj", "k_proj", "v_proj"),
            new(ElasticKind.Mlp, "mlp", "gate_proj", "up_proj"),
            new(ElasticKind.Rank, "mlp", "gate_proj", "up_proj"),
        ],
        Targets = ["q_proj", "k_proj", "v_proj", "up_proj", "gate_proj", "down_proj"],
    };

    private static ElasticFamily Bloom() => new()
    {
        ModelType = "bloom",
        BlockScope = "PeftModelForCausalLM/LoraModel[base_model]/BloomForCausalLM[model]/BloomModel[transformer]/"
            + "ModuleList[h]/BloomBlock",
        BlockPath = "transformer.h",
        Classes = new Dictionary<string, string> { ["self_attention"] = "BloomAttention", ["mlp"] = "BloomMLP" },
        Groups =
        [
            new(ElasticKind.Rank, "self_attention", "query_key_value"),
            new(ElasticKind.Mlp, "mlp", "dense_h_to_4h"),
            new(ElasticKind.Rank, "mlp", "dense_h_to_4h"),
        ],
        Targets = ["query_key_value", "dense_h_to_4h", "dense_4h_to_h"],
    };

    private static ElasticFamily Bert() => new()
    {
        ModelType = "bert",
        BlockScope = "PeftModelForSequenceClassification/LoraModel[base_model]/BertForSequenceClassification[model]/"
            + "BertModel[bert]/BertEncoder[encoder]/ModuleList[layer]/BertLayer",
        BlockPath = "bert.encoder.layer",
        Classes = new Dictionary<string, string>
        {
            ["attention"] = "BertAttention",
            ["attention.self"] = "BertSelfAttention",
            ["attention.output"] = "BertSelfOutput",
            ["intermediate"] = "BertIntermediate",
        },
        Groups =
        [
            new(ElasticKind.Heads, "attention.self", "query", "key", "value"),
            new(ElasticKind.Rank, "attention.self", "query", "key", "value"),
            new(ElasticKind.Mlp, "intermediate", "dense"),
        ],
        Targets = ["query", "value"],
        DynamicInput = ("attention.output", "dense"),
    };
}
