using System.Text.Json;
using LoNas.Generation;
using LoNas.Storage;
using LoNas.Tests.Support;

namespace LoNas.Tests.Generation;

/// <summary>Generation with an adapter in force, against Transformers with PEFT.</summary>
public sealed class AdapterGenerationTests
{
    [Theory]
    [InlineData("greedy_single0")]
    [InlineData("greedy_single1")]
    [InlineData("greedy_single2")]
    [InlineData("beam4_single0")]
    [InlineData("beam4_single1")]
    [InlineData("beam4_single2")]
    [InlineData("beam4_single0_nret4")]
    public void Generate_RecordedPromptWithAdapter_EqualsPeft(string caseName)
    {
        var recorded = JsonInput.Load(Repository.Fixture("llama-tiny-lora", "generation.json"), "fixture")
            .GetProperty("cases").GetProperty(caseName);
        Assert.True(recorded.GetProperty("rounding_stable").GetBoolean());
        var settings = recorded.GetProperty("generation_config");
        var (model, _) = TinyLora.Load(elastic: false);

        var generated = TextGenerator.Generate(model, Ints(recorded.GetProperty("input_ids")[0]), new GenerationOptions
        {
            MaxNewTokens = settings.GetProperty("max_new_tokens").GetInt32(),
            BeamCount = settings.TryGetProperty("num_beams", out var beams) ? beams.GetInt32() : 1,
            ReturnCount = settings.TryGetProperty("num_return_sequences", out var count) ? count.GetInt32() : 1,
            EosId = recorded.GetProperty("eos_token_id").GetInt32(),
        });

        var sequences = recorded.GetProperty("sequences").EnumerateArray().Select(Ints).ToArray();
        Assert.Equal(sequences.Length, generated.Count);
        foreach (var (expected, actual) in sequences.Zip(generated))
        {
            // Shorter sequences are recorded with pads up to the longest.
            Assert.Equal(expected.Take(actual.Ids.Length), actual.Ids);
            Assert.All(expected.Skip(actual.Ids.Length), pad => Assert.Equal(0, pad));
        }

        if (recorded.TryGetProperty("sequences_scores", out var scores))
        {
            Assert.All(scores.EnumerateArray().Zip(generated), pair =>
                Close.Absolute("llama-tiny-lora scores of beams", pair.First.GetDouble(), pair.Second.Score, 1e-4));
        }
    }

    private static int[] Ints(JsonElement array) => [.. array.EnumerateArray().Select(value => value.GetInt32())];
}
