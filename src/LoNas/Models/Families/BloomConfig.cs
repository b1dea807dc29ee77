using System.Text.Json;

namespace LoNas.Models.Families;

/// <summary>The shape of a BLOOM, as its config.json gives it. Sizes in elements.</summary>
public sealed record BloomConfig
{
    /// <summary>Width of the residual stream, H.</summary>
    public required long HiddenSize { get; init; }

    /// <summary>Widths of the MLP by layer, as an extracted model has them; null where all are four times H.</summary>
    public IReadOnlyList<long>? IntermediateSizes { get; init; }

    /// <summary>Decoder layers.</summary>
    public required int LayerCount { get; init; }

    /// <summary>Attention heads.</summary>
    public required long HeadCount { get; init; }

    /// <summary>Tokens in the vocabulary.</summary>
    public required long VocabularySize { get; init; }

    /// <summary>Positions the model was trained for; ALiBi goes on past it. 2048 by default.</summary>
    public long MaxPositions { get; init; } = 2048;

    /// <summary>Added to the variance before its root; 1e-5 by default.</summary>
    public double LayerNormEpsilon { get; init; } = 1e-5;

    /// <summary>Whether the residual is taken behind the norm; false by default.</summary>
    public bool ResidualAfterNorm { get; init; }

    /// <summary>Whether the head shares the embedding's weights; true by default.</summary>
    public bool TieWordEmbeddings { get; init; } = true;

    /// <summary>The facts that all families have.</summary>
    public ModelConfig Facts => new()
    {
        ModelType = "bloom",
        HiddenSize = HiddenSize,
        IntermediateSize = IntermediateSizes?.Max() ?? (4 * HiddenSize),
        LayerCount = LayerCount,
        HeadCount = HeadCount,
        HeadSize = HiddenSize / HeadCount,
        VocabularySize = VocabularySize,
        MaxPositions = MaxPositions,
        TieWordEmbeddings = TieWordEmbeddings,
        // The embedding and its norm, two norms a layer and the last one, each with a bias.
        OtherParameters = (VocabularySize * HiddenSize) + (2 * HiddenSize * ((2 * LayerCount) + 2)),
    };

    /// <summary>Width of a layer's MLP.</summary>
    public long IntermediateSizeOf(int layer) => IntermediateSizes?[layer] ?? (4 * HiddenSize);

    /// <summary>Reads config.json's keys, in the names of old and new checkpoints.</summary>
    /// <exception cref="InvalidDataException">Keys are missing, mistyped or contradict each other; all are named.</exception>
    public static BloomConfig Read(JsonElement json, string origin)
    {
        var keys = new ConfigReader(json, origin);
        var layersKey = keys.Has("num_hidden_layers") ? "num_hidden_layers" : "n_layer";
        var config = new BloomConfig
        {
            HiddenSize = keys.Long(keys.Has("n_embed") ? "n_embed" : "hidden_size"),
            IntermediateSizes = keys.Longs("intermediate_sizes", layersKey),
            LayerCount = keys.LayerCount(layersKey),
            HeadCount = keys.Long(keys.Has("num_attention_heads") ? "num_attention_heads" : "n_head"),
            VocabularySize = keys.Long("vocab_size"),
            MaxPositions = keys.Long("seq_length", 2048),
            LayerNormEpsilon = keys.Double("layer_norm_epsilon", 1e-5),
            ResidualAfterNorm = keys.Bool("apply_residual_connection_post_layernorm", false),
            TieWordEmbeddings = keys.Bool("tie_word_embeddings", true),
        };
        keys.Require(
            config.HeadCount > 0 && config.HiddenSize % config.HeadCount == 0,
            $"hidden_size {config.HiddenSize} is not a multiple of n_head {config.HeadCount}");
        keys.ThrowIfInvalid();
        return config;
    }
}
