using System.Text.Json;

namespace LoNas.Models.Families;

/// <summary>The shape of a BERT, as its config.json gives it. Sizes in elements.</summary>
public sealed record BertConfig
{
    /// <summary>Width of the residual stream, H.</summary>
    public required long HiddenSize { get; init; }

    /// <summary>Width of the MLP, the largest where layers differ.</summary>
    public required long IntermediateSize { get; init; }

    /// <summary>Widths of the MLP by layer, as an extracted model has them; null where all are alike.</summary>
    public IReadOnlyList<long>? IntermediateSizes { get; init; }

    /// <summary>Attention heads that layers lack, as Transformers' <c>pruned_heads</c> lists them; none by default.</summary>
    public IReadOnlyDictionary<int, int> PrunedHeads { get; init; } = new Dictionary<int, int>();

    /// <summary>Encoder layers.</summary>
    public required int LayerCount { get; init; }

    /// <summary>Attention heads.</summary>
    public required long HeadCount { get; init; }

    /// <summary>Tokens in the vocabulary.</summary>
    public required long VocabularySize { get; init; }

    /// <summary>Learned positions; longer input is an error. 512 by default.</summary>
    public long MaxPositions { get; init; } = 512;

    /// <summary>Kinds of segments; 2 by default.</summary>
    public long TokenTypeCount { get; init; } = 2;

    /// <summary>Added to the variance before its root; 1e-12 by default.</summary>
    public double LayerNormEpsilon { get; init; } = 1e-12;

    /// <summary>Classes of the classifier: as many as <c>id2label</c> names, else <c>num_labels</c>, else 2.</summary>
    public int LabelCount { get; init; } = 2;

    /// <summary>Width of one head, D.</summary>
    public long HeadSize => HiddenSize / HeadCount;

    /// <summary>Width of a layer's MLP.</summary>
    public long IntermediateSizeOf(int layer) => IntermediateSizes?[layer] ?? IntermediateSize;

    /// <summary>Features of a layer's queries, keys and values.</summary>
    public long AttentionSizeOf(int layer) => HiddenSize - (HeadSize * PrunedHeads.GetValueOrDefault(layer));

    /// <summary>The facts that all families have.</summary>
    public ModelConfig Facts => new()
    {
        ModelType = "bert",
        HiddenSize = HiddenSize,
        IntermediateSize = IntermediateSize,
        LayerCount = LayerCount,
        HeadCount = HeadCount,
        HeadSize = HeadSize,
        VocabularySize = VocabularySize,
        MaxPositions = MaxPositions,
        TieWordEmbeddings = false,
        // Three embeddings and their norm, two norms a layer, each with a bias.
        OtherParameters = HiddenSize
            * (VocabularySize + MaxPositions + TokenTypeCount + (2 * ((2 * LayerCount) + 1))),
    };

    /// <summary>Reads config.json's keys.</summary>
    /// <exception cref="InvalidDataException">Keys are missing, mistyped or contradict each other; all are named.</exception>
    public static BertConfig Read(JsonElement json, string origin)
    {
        var keys = new ConfigReader(json, origin);
        var config = new BertConfig
        {
            HiddenSize = keys.Long("hidden_size"),
            IntermediateSize = keys.Long("intermediate_size"),
            IntermediateSizes = keys.Longs("intermediate_sizes", "num_hidden_layers"),
            PrunedHeads = keys.Counts("pruned_heads"),
            LayerCount = keys.LayerCount("num_hidden_layers"),
            HeadCount = keys.Long("num_attention_heads"),
            VocabularySize = keys.Long("vocab_size"),
            MaxPositions = keys.Long("max_position_embeddings", 512),
            TokenTypeCount = keys.Long("type_vocab_size", 2),
            LayerNormEpsilon = keys.Double("layer_norm_eps", 1e-12),
            LabelCount = keys.Count("id2label") ?? (int)keys.Long("num_labels", 2),
        };
        keys.Require(keys.Text("hidden_act", "gelu") == "gelu", "hidden_act must be gelu");
        keys.Require(
            keys.Text("position_embedding_type", "absolute") == "absolute", "position_embedding_type must be absolute");
        keys.Require(
            config.HeadCount > 0 && config.HiddenSize % config.HeadCount == 0,
            $"hidden_size {config.HiddenSize} is not a multiple of num_attention_heads {config.HeadCount}");
        keys.Require(
            config.PrunedHeads.All(entry => entry.Key < config.LayerCount && entry.Value < config.HeadCount),
            "pruned_heads must leave each layer a head, and name layers that there are");
        keys.ThrowIfInvalid();
        return config;
    }
}
