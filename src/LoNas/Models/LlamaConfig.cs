using System.Text.Json;

namespace LoNas.Models;

/// <summary>The shape of a LLaMA, as its config.json gives it. Sizes in elements.</summary>
public sealed record LlamaConfig
{
    /// <summary>Width of the residual stream, H.</summary>
    public required long HiddenSize { get; init; }

    /// <summary>Width of the MLP.</summary>
    public required long IntermediateSize { get; init; }

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

    /// <summary>Whether the attention's linears have biases.</summary>
    public bool AttentionBias { get; init; }

    /// <summary>Reads config.json's keys.</summary>
    /// <exception cref="InvalidDataException">Keys are missing, mistyped or contradict each other; all are named.</exception>
    public static LlamaConfig Read(JsonElement json, string origin)
    {
        var keys = new ConfigReader(json, origin);
        long heads = keys.Long("num_attention_heads");
        long hidden = keys.Long("hidden_size");
        var config = new LlamaConfig
        {
            HiddenSize = hidden,
            IntermediateSize = keys.Long("intermediate_size"),
            LayerCount = (int)keys.Long("num_hidden_layers"),
            HeadCount = heads,
            KeyValueHeadCount = keys.Long("num_key_value_heads", heads),
            HeadSize = keys.Long("head_dim", heads > 0 ? hidden / heads : 0),
            VocabularySize = keys.Long("vocab_size"),
            MaxPositions = keys.Long("max_position_embeddings", 2048),
            RmsNormEpsilon = keys.Double("rms_norm_eps", 1e-6),
            RopeTheta = keys.Double("rope_theta", 10000),
            TieWordEmbeddings = keys.Bool("tie_word_embeddings", false),
            AttentionBias = keys.Bool("attention_bias", false),
        };
        keys.Require(keys.Text("hidden_act", "silu") == "silu", "hidden_act must be silu");
        keys.Require(!keys.Has("rope_scaling"), "rope_scaling is not supported yet; expected null");
        keys.Require(
            config.KeyValueHeadCount > 0 && heads % config.KeyValueHeadCount == 0,
            $"num_attention_heads {heads} is not a multiple of num_key_value_heads {config.KeyValueHeadCount}");
        keys.Require(config.HeadSize % 2 == 0, $"the head size {config.HeadSize} is odd; rotary positions need pairs");
        keys.ThrowIfInvalid();
        return config;
    }
}
