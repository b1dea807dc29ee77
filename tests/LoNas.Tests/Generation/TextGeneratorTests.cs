using System.Text.Json;
using LoNas.Files;
using LoNas.Generation;
using LoNas.Tests.Support;

namespace LoNas.Tests.Generation;

public sealed class TextGeneratorTests
{
    public static TheoryData<string, string> Cases => new()
    {
        { "llama-tiny", "greedy_single0" },
        { "llama-tiny", "greedy_single1" },
        { "llama-tiny", "greedy_single2" },
        { "llama-tiny", "beam4_single0" },
        { "llama-tiny", "beam4_single1" },
        { "llama-tiny", "beam4_single2" },
        { "llama-tiny", "beam4_single0_nret4" },
        { "llama-gqa-tiny", "greedy_single0" },
        { "llama-gqa-tiny", "greedy_single1" },
        { "llama-gqa-tiny", "greedy_single2" },
        { "llama-gqa-tiny", "beam4_single0" },
        { "llama-gqa-tiny", "beam4_single1" },
        { "llama-gqa-tiny", "beam4_single2" },
        { "llama-gqa-tiny", "beam4_single0_nret4" },
        { "bloom-tiny", "greedy_single0" },
        { "bloom-tiny", "greedy_single1" },
        { "bloom-tiny", "greedy_single2" },
        { "bloom-tiny", "beam4_single0" },
        { "bloom-tiny", "beam4_single1" },
        { "bloom-tiny", "beam4_single2" },
        { "qwen2-tiny", "greedy_single0" },
        { "qwen2-tiny", "greedy_single1" },
        { "qwen2-tiny", "greedy_single2" },
        { "qwen2-tiny", "beam4_single0" },
        { "qwen2-tiny", "beam4_single1" },
        { "qwen2-tiny", "beam4_single2" },
        { "mistral-tiny", "greedy_single0" },
        { "mistral-tiny", "greedy_single1" },
        { "mistral-tiny", "greedy_single2" },
        { "mistral-tiny", "beam4_single0" },
        { "mistral-tiny", "beam4_single1" },
        { "mistral-tiny", "beam4_single2" },
    };

    [Theory]
    [MemberData(nameof(Cases))]
    public void Generate_RecordedPrompt_EqualsTransformers(string name, string caseName)
    {
        var recorded = JsonInput.Load(Repository.Fixture(name, "generation.json"), "fixture")
            .GetProperty("cases").GetProperty(caseName);
        Assert.True(recorded.GetProperty("rounding_stable").GetBoolean());
        var settings = recorded.GetProperty("generation_config");
        var options = new GenerationOptions
        {
            MaxNewTokens = settings.GetProperty("max_new_tokens").GetInt32(),
            BeamCount = Int(settings, "num_beams"),
            ReturnCount = Int(settings, "num_return_sequences"),
            // Qwen2 and Mistral were recorded with Transformers 4.47.
            Length = name is "qwen2-tiny" or "mistral-tiny" ? BeamLength.Generated : BeamLength.Whole,
            EosId = recorded.GetProperty("eos_token_id").GetInt32(),
        };
        var (model, _) = TinyModels.LoadCausal(name);

        var generated = TextGenerator.Generate(model, Ints(recorded.GetProperty("input_ids")[0]), options);

        var sequences = recorded.GetProperty("sequences").EnumerateArray().Select(Ints).ToArray();
        Assert.Equal(sequences.Length, generated.Count);
        for (int i = 0; i < sequences.Length; i++)
        {
            // Shorter sequences are recorded with pads up to the longest.
            Assert.Equal(sequences[i].Take(generated[i].Ids.Length), generated[i].Ids);
            Assert.All(sequences[i].Skip(generated[i].Ids.Length), pad => Assert.Equal(0, pad));
            if (recorded.TryGetProperty("sequences_scores", out var scores))
            {
                Assert.Equal(scores[i].GetDouble(), generated[i].Score, 1e-4);
            }
        }
    }

    private static int Int(JsonElement parent, string key) =>
        parent.TryGetProperty(key, out var value) ? value.GetInt32() : 1;

    private static int[] Ints(JsonElement array) => [.. array.EnumerateArray().Select(value => value.GetInt32())];
}
