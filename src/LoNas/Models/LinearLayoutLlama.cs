using System.Text.Json;

namespace LoNas.Models;

/// <summary>The linear layers of LLaMA and of the families that share its shape.</summary>
public static class LinearLayoutLlama
{
    private const string Head = "lm_head";

    /// <summary>The layout of a configuration.</summary>
    /// <param name="config">The model's shape.</param>
    /// <param name="modelType">llama, mistral, or qwen2, whose query, key and value have biases.</param>
    public static LinearLayout Of(LlamaConfig config, string modelType = "llama") => new()
    {
        ModelType = modelType,
        BlockCount = config.LayerCount,
        HiddenSize = config.HiddenSize,
        HeadSize = config.HeadSize,
        Linears =
        [
            .. Enumerable.Range(0, config.LayerCount).SelectMany(index => Block(config, modelType, $"model.layers.{index}")),
            new LinearSize(Head, config.HiddenSize, config.VocabularySize),
        ],
        // The embedding, two norms a layer and the last one.
        OtherParameters = (config.VocabularySize * config.HiddenSize)
            + (((2L * config.LayerCount) + 1) * config.HiddenSize),
        TiedHead = config.TieWordEmbeddings ? Head : null,
    };

    /// <summary>Reads the layout from config.json's keys.</summary>
    internal static LinearLayout Read(JsonElement json, string origin, string modelType) =>
        Of(LlamaConfig.Read(json, origin), modelType);

    private static LinearSize[] Block(LlamaConfig config, string modelType, string path)
    {
        long queries = config.HeadCount * config.HeadSize;
        long keys = config.KeyValueHeadCount * config.HeadSize;
        bool inputBias = config.AttentionBias || modelType == "qwen2";
        return
        [
            new($"{path}.self_attn.q_proj", config.HiddenSize, queries, inputBias),
            new($"{path}.self_attn.k_proj", config.HiddenSize, keys, inputBias),
            new($"{path}.self_attn.v_proj", config.HiddenSize, keys, inputBias),
            new($"{path}.self_attn.o_proj", queries, config.HiddenSize, config.AttentionBias),
            new($"{path}.mlp.gate_proj", config.HiddenSize, config.IntermediateSize),
            new($"{path}.mlp.up_proj", config.HiddenSize, config.IntermediateSize),
            new($"{path}.mlp.down_proj", config.IntermediateSize, config.HiddenSize),
        ];
    }
}
