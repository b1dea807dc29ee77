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
            EosId = recorded.GetProperty("eos_token_id").GetInt32(),
        };
        var (model, _) = TinyModels.Load(name);

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

    [Theory]
    [InlineData("beam4_batch_early_stopping_true")]
    [InlineData("beam4_batch_early_stopping_never")]
    [InlineData("beam4_batch_length_penalty_0")]
    [InlineData("beam4_batch_length_penalty_2")]
    [InlineData("beam4_batch_new3")]
    public void Generate_UnpaddedRowOfARecordedBatch_EqualsTransformers(string caseName)
    {
        var recorded = JsonInput.Load(Repository.Fixture("llama-tiny", "generation.json"), "fixture")
            .GetProperty("cases").GetProperty(caseName);
        var settings = recorded.GetProperty("generation_config");
        var stopping = settings.GetProperty("early_stopping");
        var options = new GenerationOptions
        {
            MaxNewTokens = settings.GetProperty("max_new_tokens").GetInt32(),
            BeamCount = 4,
            ReturnCount = 4,
            LengthPenalty = settings.GetProperty("length_penalty").GetDouble(),
            Stopping = stopping.ValueKind == JsonValueKind.String ? BeamStopping.Never
                : stopping.GetBoolean() ? BeamStopping.Early : BeamStopping.Heuristic,
            EosId = recorded.GetProperty("eos_token_id").GetInt32(),
        };
        var (model, _) = TinyModels.Load("llama-tiny");

        // The last row has no pads, so it has the result of its prompt alone; it fills rows 8 to 11.
        var generated = TextGenerator.Generate(model, Ints(recorded.GetProperty("input_ids")[2]), options);

        Assert.Equal(4, generated.Count);
        for (int i = 0; i < 4; i++)
        {
            Assert.Equal(Ints(recorded.GetProperty("sequences")[8 + i]).Take(generated[i].Ids.Length), generated[i].Ids);
            Assert.Equal(recorded.GetProperty("sequences_scores")[8 + i].GetDouble(), generated[i].Score, 1e-4);
        }
    }

    private static int Int(JsonElement parent, string key) =>
        parent.TryGetProperty(key, out var value) ? value.GetInt32() : 1;

    private static int[] Ints(JsonElement array) => [.. array.EnumerateArray().Select(value => value.GetInt32())];
}
