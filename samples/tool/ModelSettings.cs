using LoNas.Storage;

namespace LoNas.Samples;

/// <summary>The shape of the sample model, and its two configuration files.</summary>
internal static class ModelSettings
{
    public const int HiddenSize = 128;
    public const int IntermediateSize = 384;
    public const int LayerCount = 4;
    public const int HeadCount = 4;
    public const int MaxPositions = 512;

    /// <summary>Writes config.json and generation_config.json.</summary>
    public static void Write(string folder)
    {
        JsonOutput.Save(Path.Combine(folder, "config.json"), new Dictionary<string, object>
        {
            ["architectures"] = new[] { "LlamaForCausalLM" },
            ["model_type"] = "llama",
            ["hidden_size"] = HiddenSize,
            ["intermediate_size"] = IntermediateSize,
            ["num_hidden_layers"] = LayerCount,
            ["num_attention_heads"] = HeadCount,
            ["num_key_value_heads"] = HeadCount,
            ["vocab_size"] = SampleTokenizer.VocabularySize,
            ["max_position_embeddings"] = MaxPositions,
            ["rms_norm_eps"] = 1e-5,
            ["rope_theta"] = 10000.0,
            ["hidden_act"] = "silu",
            ["tie_word_embeddings"] = false,
            ["attention_bias"] = false,
            ["bos_token_id"] = 1,
            ["eos_token_id"] = 2,
            ["pad_token_id"] = 0,
            ["initializer_range"] = InitialWeights.Deviation,
            ["torch_dtype"] = "float32",
            ["use_cache"] = true,
        });
        JsonOutput.Save(Path.Combine(folder, "generation_config.json"), new Dictionary<string, int>
        {
            ["bos_token_id"] = 1,
            ["eos_token_id"] = 2,
            ["pad_token_id"] = 0,
        });
    }
}
