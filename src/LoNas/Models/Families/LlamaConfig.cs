using System.Text.Json;
using LoNas.Models.Attention;

namespace LoNas.Models.Families;

/// <summary>The shape of a LLaMA, Mistral or Qwen2, as its config.json gives it. Sizes in elements.</summary>
public sealed record LlamaConfig
{
    private const long DefaultMistralWindow = 4096;

    /// <summary>The name in config.json: llama, mistral or qwen2.</summary>
    public string ModelType { get; init; } = "llama";

    /// <summary>Width of the residual stream, H.</summary>
    public required long HiddenSize { get; init; }

    /// <summary>Width of the MLP, the largest where layers differ.</summary>
    public required long IntermediateSize { get; init; }

    /// <summary>Widths of the MLP by layer, as an extracted model has them; null where all are alike.</summary>
    public IReadOnlyList<long>? IntermediateSizes { get; init; }

    /// <summary>Decoder layers.</summary>
    public required int LayerCount { get; init; }

    /// <summary>Query heads.</summary>
    public required long HeadCount { get; init; }

    /// <summary>Key and value heads; query heads share them in equal groups.</summary>
    public required long KeyValueHeadCount { get; init; }

    /// <summary>Width of one head, D.</summary>
    public required long HeadSize { get; init; }

    /// <summary>Tokens in the vocabulary.</summary>
    public required long VocabularySize { get; init; }

    /// <summary>Positions the model was trained for; rotary positions go on past it.</summary>
    public long MaxPositions { get; init; } = 2048;

    /// <summary>Added to the mean square before its root; 1e-6 by default.</summary>
    public double RmsNormEpsilon { get; init; } = 1e-6;

    /// <summary>Base of the rotary frequencies; 10000 by default.</summary>
    public double RopeTheta { get; init; } = 10000;

    /// <summary>Whether the head shares the embedding's weights.</summary>
    public bool TieWordEmbeddings { get; init; }

    /// <summary>How rotary positions are stretched past those of the pre-training; null leaves them as they are.</summary>
    public RopeScaling? RopeScaling { get; init; }

    /// <summary>Whether the projections of queries, keys and values have biases; Qwen2's always do.</summary>
    public bool AttentionBias { get; init; }

    /// <summary>Whether the attention's output projection has a bias.</summary>
    public bool OutputBias { get; init; }

    /// <summary>Latest positions that a query looks back to, as in Mistral; null for all.</summary>
    public long? SlidingWindow { get; init; }

    /// <summary>The facts that all families have.</summary>
    public ModelConfig Facts => new()
    {
        ModelType = ModelType,
        HiddenSize = HiddenSize,
        IntermediateSize = IntermediateSize,
        LayerCount = LayerCount,
        HeadCount = HeadCount,
        HeadSize = HeadSize,
        VocabularySize = VocabularySize,
        MaxPositions = MaxPositions,
        TieWordEmbeddings = TieWordEmbeddings,
        // The embedding, two norms a layer and the last one.
        OtherParameters = (VocabularySize * HiddenSize) + (((2 * LayerCount) + 1) * HiddenSize),
    };

    /// <summary>Width of a layer's MLP.</summary>
    public long IntermediateSizeOf(int layer) => IntermediateSizes?[layer] ?? IntermediateSize;

    /// <summary>Reads config.json's keys.</summary>
    /// <exception cref="InvalidDataException">Keys are missing, mistyped or contradict each other; all are named.</exception>
    public static LlamaConfig Read(JsonElement json, string origin)
    {
        var keys = new ConfigReader(json, origin);
        var type = keys.Text("model_type", "llama");
        long heads = keys.Long("num_attention_heads");
        long hidden = keys.Long("hidden_size");
        long maxPositions = keys.Long("max_position_embeddings", 2048);
        bool bias = keys.Bool("attention_bias", false);
        var config = new LlamaConfig
        {
            ModelType = type,
            HiddenSize = hidden,
            IntermediateSize = keys.Long("intermediate_size"),
            IntermediateSizes = keys.Longs("intermediate_sizes", "num_hidden_layers"),
            LayerCount = keys.LayerCount("num_hidden_layers"),
            HeadCount = heads,
            KeyValueHeadCount = keys.Long("num_key_value_heads", heads),
            HeadSize = keys.Long("head_dim", heads > 0 ? hidden / heads : 0),
            VocabularySize = keys.Long("vocab_size"),
            MaxPositions = maxPositions,
            RmsNormEpsilon = keys.Double("rms_norm_eps", 1e-6),
            RopeTheta = RopeScaling.ReadTheta(keys),
            RopeScaling = RopeScaling.Read(keys, maxPositions),
            TieWordEmbeddings = keys.Bool("tie_word_embeddings", false),
            AttentionBias = type == "qwen2" || bias,
            OutputBias = type != "qwen2" && bias,
            // Transformers takes Mistral's window where the key is absent, and none where it is null.
            SlidingWindow = type == "mistral" && !keys.IsNull("sliding_window")
                ? keys.Long("sliding_window", DefaultMistralWindow)
                : null,
        };
        Check(keys, config);
        return config;
    }

    private static void Check(ConfigReader keys, LlamaConfig config)
    {
        keys.Require(keys.Text("hidden_act", "silu") == "silu", "hidden_act must be silu");
        keys.Require(!keys.Bool("mlp_bias", false), "mlp_bias must be false");
        // Qwen2 slides in its upper layers only; no published model does.
        keys.Require(
            !keys.Bool("use_sliding_window", false), "use_sliding_window must be false; a window in some layers is not supported");
        keys.Require(
            config.KeyValueHeadCount > 0 && config.HeadCount % config.KeyValueHeadCount == 0,
            $"num_attention_heads {config.HeadCount} is not a multiple of num_key_value_heads {config.KeyValueHeadCount}");
        keys.Require(config.HeadSize % 2 == 0, $"the head size {config.HeadSize} is odd; rotary positions need pairs");
        keys.ThrowIfInvalid();
    }
}
