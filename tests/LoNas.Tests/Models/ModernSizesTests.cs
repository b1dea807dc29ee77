using LoNas.Elastic;
using LoNas.Models;
using LoNas.Storage;
using LoNas.Tests.Support;

namespace LoNas.Tests.Models;

/// <summary>Parameters of published models, as Transformers' num_parameters() and model cards count them.</summary>
public sealed class ModernSizesTests
{
    [Theory]
    [InlineData("llama-3.2-1b", 1_235_814_400)]
    [InlineData("qwen3-0.6b", 596_049_920)]
    [InlineData("smollm2-135m", 134_515_008)]
    public void Load_PublishedConfig_CountsItsParameters(string name, long parameters) =>
        AssertCount(parameters, LinearLayout.Load(SharedData.Path("fixtures", "modern", "configs", name)));

    [Theory]
    [InlineData("qwen3", 2048, 28, 16, 8, 6144, 151936, true, 1_720_574_976)] // Qwen3-1.7B
    [InlineData("olmo2", 4096, 32, 32, 32, 11008, 100352, false, 7_298_617_344)] // OLMo-2-1124-7B
    [InlineData("smollm3", 2048, 36, 16, 4, 11008, 128256, true, 3_075_098_624)] // SmolLM3-3B
    [InlineData("granite", 2048, 40, 32, 8, 8192, 49155, true, 2_533_531_648)] // granite-3.1-2b
    [InlineData("mistral", 4096, 32, 32, 8, 14336, 32000, false, 7_241_732_096)] // Mistral-7B
    [InlineData("qwen2", 896, 24, 14, 2, 4864, 151936, true, 494_032_768)] // Qwen2.5-0.5B
    public void Read_OtherSizes_CountTheirParameters(
        string type, int hidden, int layers, int heads, int shared, int inner, int vocabulary, bool ties,
        long parameters)
    {
        var json = JsonInput.Parse(
            $$"""
            {"model_type": "{{type}}", "hidden_size": {{hidden}}, "num_hidden_layers": {{layers}},
             "num_attention_heads": {{heads}}, "num_key_value_heads": {{shared}}, "intermediate_size": {{inner}},
             "vocab_size": {{vocabulary}}, "tie_word_embeddings": {{(ties ? "true" : "false")}}}
            """, "test");

        AssertCount(parameters, LinearLayout.Read(json, "test"));
    }

    private static void AssertCount(long parameters, LinearLayout layout) => Assert.Equal(
        parameters, CostModel.Of(layout.Config, AdaptedLinears.Of(layout, null), 1).Full().TotalParameters);
}
