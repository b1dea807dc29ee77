using LoNas.Models;
using LoNas.Storage;
using LoNas.Tests.Support;

namespace LoNas.Tests.Models;

/// <summary>Configurations that ask for what no family here computes: refused by the feature's name.</summary>
public sealed class UnsupportedModelTests
{
    private const string Sizes = """
        "hidden_size": 64, "num_hidden_layers": 2, "num_attention_heads": 4, "num_key_value_heads": 2,
        "intermediate_size": 128, "vocab_size": 320
        """;

    [Theory]
    [InlineData("llama", "\"num_local_experts\": 8", "has a mixture of experts (num_local_experts)")]
    [InlineData("qwen3_moe", "\"num_experts\": 128", "(model_type 'qwen3_moe') has a mixture of experts (num_experts)")]
    [InlineData("deepseek_v3", "\"n_routed_experts\": 256", "a mixture of experts (n_routed_experts)")]
    [InlineData("qwen2_vl", "\"vision_config\": {}", "has a vision part (vision_config)")]
    [InlineData("gemma3n", "\"audio_config\": {}, \"vision_config\": {}", "(vision_config) and an audio part")]
    [InlineData("gemma3n_text", "\"hidden_size_per_layer_input\": 256", "has embeddings for each layer")]
    [InlineData("qwen3", "\"quantization_config\": {\"bits\": 4}", "quantised weights are not supported")]
    [InlineData("mamba", "\"state_size\": 16", "has the model_type 'mamba'; supported are llama,")]
    [InlineData("qwen3", "\"hidden_act\": \"gelu\"", "hidden_act must be silu")]
    [InlineData("olmo2", "\"hidden_act\": \"relu\"", "hidden_act must be silu")]
    [InlineData("granite", "\"hidden_act\": \"gelu\"", "hidden_act must be silu")]
    [InlineData("granite", "\"logits_scaling\": 0", "logits_scaling is 0; expected one above 0")]
    [InlineData("qwen3", "\"rms_norm_eps\": -1", "rms_norm_eps is -1; expected no negative number")]
    [InlineData("qwen3", "\"num_experts\": \"8\"", "has a mixture of experts (num_experts)")]
    [InlineData("gemma3", "\"text_config\": {\"model_type\": \"llama\"}", "the text_config is of a llama; expected")]
    [InlineData("smollm3", "\"hidden_act\": \"gelu\"", "hidden_act must be silu")]
    [InlineData("smollm3", "\"no_rope_layers\": [1, 2]", "no_rope_layers is [1, 2]; expected 2 times 0 or 1")]
    [InlineData("smollm3", "\"no_rope_layer_interval\": 0", "no_rope_layer_interval is 0")]
    [InlineData("llama", "\"use_sliding_window\": true", "use_sliding_window must be false for llama")]
    [InlineData("qwen2", "\"layer_types\": [\"full_attention\", \"chunked_attention\"]", "has 'chunked_attention'")]
    [InlineData("qwen3", "\"layer_types\": [\"linear_attention\", \"full_attention\"]", "has 'linear_attention'")]
    [InlineData("qwen3", "\"layer_types\": [\"full_attention\"]", "expected 2 strings, one for each layer")]
    [InlineData("qwen2", "\"layer_types\": [\"full_attention\", \"sliding_attention\"]", "there is no sliding_window")]
    [InlineData("qwen2", "\"use_sliding_window\": true, \"sliding_window\": -3", "sliding_window is -3")]
    [InlineData("qwen3", "\"max_window_layers\": -1", "max_window_layers is -1; expected an integer from 0")]
    [InlineData("qwen3", "\"head_dim\": 15", "the head size 15 is odd")]
    [InlineData("olmo2", "\"num_key_value_heads\": 3", "4 is not a multiple of num_key_value_heads 3")]
    public void Read_Feature_IsRefusedByName(string type, string keys, string expected)
    {
        var error = Assert.Throws<InvalidDataException>(() => Read(type, keys));

        Assert.Contains(expected, error.Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("llama", "\"num_experts\": null, \"pretraining_tp\": 2, \"attention_dropout\": 0.0")]
    [InlineData("granite", "\"num_local_experts\": 0")]
    [InlineData("qwen3", "\"use_cache\": false, \"whatever\": {\"a\": 1}")]
    [InlineData("qwen2", "\"sliding_window\": 32768, \"use_sliding_window\": false, \"max_window_layers\": 0")]
    public void Read_KeysThatChangeNothing_AreIgnored(string type, string keys) =>
        Assert.Equal(2, Read(type, keys).Layout.Config.LayerCount);

    /// <summary>The weights of another family, whose norms this one lacks.</summary>
    [Fact]
    public void Build_NormsOfAnotherFamily_AreNotLeftOutSilently()
    {
        using var folder = new TemporaryFolder();
        foreach (var file in Directory.GetFiles(new ModernModel("qwen3-tiny").Folder))
        {
            File.Copy(file, folder.Path(Path.GetFileName(file)));
        }

        var config = folder.Path("config.json");
        File.WriteAllText(config, File.ReadAllText(config).Replace("\"qwen3\"", "\"llama\"", StringComparison.Ordinal));

        var error = Assert.Throws<InvalidDataException>(() => TinyModels.LoadCausal(folder.Root));

        Assert.Contains("_norm.weight', for which a llama has no place", error.Message, StringComparison.Ordinal);
    }

    private static ModelDescription Read(string type, string keys)
    {
        var names = keys.Split('"').Where((_, index) => index % 2 == 1);
        var kept = Sizes.Split(',').Where(size => !names.Contains(size.Split('"')[1]));
        return ModelFamilies.Read(
            JsonInput.Parse($"{{\"model_type\": \"{type}\", {string.Join(',', kept)}, {keys}}}", "test"), "test");
    }
}
