namespace LoNas.Models.Families;

/// <summary>The linear layers of LLaMA and of the families that share its shape.</summary>
internal static class LinearLayoutLlama
{
    /// <summary>The layout of a configuration.</summary>
    public static LinearLayout Of(LlamaConfig config) => new()
    {
        Config = config.Facts,
        Linears =
        [
            .. Enumerable.Range(0, config.LayerCount).SelectMany(index => Block(config, index)),
            new LinearSize(LinearLayout.LanguageHead, config.HiddenSize, config.VocabularySize),
        ],
    };

    private static LinearSize[] Block(LlamaConfig config, int layer)
    {
        string path = $"model.layers.{layer}";
        long inner = config.IntermediateSizeOf(layer);
        long queries = config.HeadCount * config.HeadSize;
        long keys = config.KeyValueHeadCount * config.HeadSize;
        return
        [
            new($"{path}.self_attn.q_proj", config.HiddenSize, queries, config.AttentionBias),
            new($"{path}.self_attn.k_proj", config.HiddenSize, keys, config.AttentionBias),
            new($"{path}.self_attn.v_proj", config.HiddenSize, keys, config.AttentionBias),
            new($"{path}.self_attn.o_proj", queries, config.HiddenSize, config.OutputBias),
            new($"{path}.mlp.gate_proj", config.HiddenSize, inner),
            new($"{path}.mlp.up_proj", config.HiddenSize, inner),
            new($"{path}.mlp.down_proj", inner, config.HiddenSize),
        ];
    }
}
