using System.Text.Json.Nodes;
using LoNas.Bench.Generate;
using LoNas.Data;
using LoNas.Elastic;
using LoNas.Generation;
using LoNas.Models;
using LoNas.Runtime;
using LoNas.Tests.Support;
using LoNas.Text;
using static TorchSharp.torch;

namespace LoNas.Tests.Generation;

/// <summary>Many prompts at once against the same prompts one at a time, run once for every beam.</summary>
public sealed class BatchTests
{
    public static TheoryData<string, string?> Models => new()
    {
        { "llama-tiny", null },
        { "llama-gqa-tiny", null },
        { "bloom-tiny", null },
        { "qwen2-tiny", null },
        { "mistral-tiny", "\"sliding_window\": 6" },
        { "llama-tiny", "\"rope_scaling\": {\"type\": \"dynamic\", \"factor\": 2.0}, \"max_position_embeddings\": 20" },
    };

    [Theory]
    [MemberData(nameof(Models))]
    public void GenerateAll_PromptsOfManyLengths_EqualOneAtATime(string name, string? setting)
    {
        var model = Load(name, setting);
        var prompts = Prompts(11, prefix: 0);
        var options = new GenerationOptions { MaxNewTokens = 16, BeamCount = 3, ReturnCount = 2, EosId = 114 };

        AssertSame(model, prompts, options, new BatchOptions { Size = 3 });
    }

    [Theory]
    [MemberData(nameof(Models))]
    public void GenerateAll_PromptsWithACommonPrefix_EqualOneAtATime(string name, string? setting)
    {
        var model = Load(name, setting);
        var options = new GenerationOptions { MaxNewTokens = 10, BeamCount = 4, EosId = 114 };

        AssertSame(model, Prompts(6, prefix: 11), options, new BatchOptions { Size = 4 });
        AssertSame(model, Prompts(6, prefix: 11), options with { BeamCount = 1 }, new BatchOptions { Size = 4 });
    }

    [Fact]
    public void GenerateAll_MoreTokensThanRoomWasMadeFor_EqualOneAtATime()
    {
        var model = TinyModels.LoadCausal("llama-gqa-tiny").Model;
        var options = new GenerationOptions { MaxNewTokens = 100, BeamCount = 4 };

        AssertSame(model, Prompts(2, prefix: 0), options, new BatchOptions());
    }

    /// <summary>
    /// With many end tokens most candidates of a step end a sequence; enough are looked at that all beams go on.
    /// </summary>
    [Theory]
    [InlineData(4, 2)]
    [InlineData(4, 60)]
    [InlineData(1, 60)]
    public void GenerateAll_SeveralEndTokens_EndAtEachAndEqualOneAtATime(int beams, int ends)
    {
        var model = TinyModels.LoadCausal("llama-tiny").Model;
        var options = new GenerationOptions
        {
            MaxNewTokens = 12,
            BeamCount = beams,
            EosIds = [.. Enumerable.Range(0, ends).Select(i => (114 + (5 * i)) % 320)],
        };

        var prompts = Prompts(6, prefix: 0);
        AssertSame(model, prompts, options, new BatchOptions { Size = 3 });
        var generated = TextGenerator.GenerateAll(model, prompts, options);
        Assert.All(generated.Zip(prompts), pair => Assert.DoesNotContain(
            pair.First[0].Ids[pair.Second.Length..^1], token => options.EosIds.Contains(token)));
    }

    [Fact]
    public void GenerateAll_SettingsThatCannotBe_AreRefused()
    {
        var model = TinyModels.LoadCausal("llama-tiny").Model;
        var options = new GenerationOptions { MaxNewTokens = 4 };

        var size = Assert.Throws<ArgumentException>(() =>
            TextGenerator.GenerateAll(model, Prompts(2, prefix: 0), options, new BatchOptions { Size = 0 }));
        var beams = Assert.Throws<ArgumentException>(() =>
            TextGenerator.GenerateAll(model, Prompts(2, prefix: 0), options with { BeamCount = 320, EosId = 2 }));

        Assert.Contains("batch size is 0; expected at least 1", size.Message, StringComparison.Ordinal);
        Assert.Contains("no room for so many", beams.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void GenerateAll_FullAndOneAtATime_TellOfEachPromptOnce()
    {
        var model = TinyModels.LoadCausal("llama-tiny").Model;
        var told = new List<int>();
        var results = TextGenerator.GenerateAll(
            model, Prompts(10, prefix: 0), new GenerationOptions { MaxNewTokens = 6, EosId = 114 },
            new BatchOptions { Size = 3, OnDone = (index, _) => told.Add(index) });

        Assert.Equal(10, results.Count);
        Assert.Equal(Enumerable.Range(0, 10), told.Order());
    }

    [Fact]
    public void GenerateAll_StoriesModelOnMawps_EqualsOneAtATime()
    {
        var path = SharedData.Path("models", "stories260K");
        var tokenizer = TextTokenizer.Load(path);
        using var model = ModelFolder.Open(path).Build(
            ScalarType.Float32, new SuperAdapter(null, new SeededRandom(1)).Linears);
        var prompts = InstructionDataset.Load(SharedData.Path("datasets", "mawps", "test.json"), isTestSet: true)
            .Take(4)
            .Select(record => tokenizer.Encode(PromptTemplate.Evaluation(record.Instruction, record.Input, 28)))
            .ToArray();

        AssertSame(
            model, prompts, new GenerationOptions { MaxNewTokens = 16, BeamCount = 4, EosId = tokenizer.EosId },
            new BatchOptions());
    }

    [Fact]
    public void GenerateAll_StoriesModelFromBos_WritesTheGoldenTextBesideOtherPrompts()
    {
        var path = SharedData.Path("models", "stories260K");
        var tokenizer = TextTokenizer.Load(path);
        using var model = ModelFolder.Open(path).Build(
            ScalarType.Float32, new SuperAdapter(null, new SeededRandom(1)).Linears);
        int[][] prompts = [tokenizer.Encode("Tom had a red ball."), [tokenizer.BosId], tokenizer.Encode("One day")];

        var results = TextGenerator.GenerateAll(
            model, prompts, new GenerationOptions { MaxNewTokens = 200, EosId = tokenizer.EosId });

        Assert.Equal(
            File.ReadAllText(SharedData.Path("models", "stories260K", "golden_greedy_200.txt")).Trim(),
            tokenizer.Decode(results[1][0].Ids, skipSpecialTokens: true).Trim());
    }

    [Fact]
    public void GenerateAll_NoPrompts_GivesNothing() =>
        Assert.Empty(TextGenerator.GenerateAll(
            TinyModels.LoadCausal("llama-tiny").Model, [], new GenerationOptions { MaxNewTokens = 4 }));

    [Fact]
    public void GenerateAll_NoNewTokens_GivesThePrompts()
    {
        int[][] prompts = [[5, 6], [7]];
        var results = TextGenerator.GenerateAll(
            TinyModels.LoadCausal("llama-tiny").Model, prompts, new GenerationOptions { MaxNewTokens = 0 });

        Assert.Equal(prompts, results.Select(sequences => Assert.Single(sequences).Ids));
    }

    [Fact]
    public void GenerateAll_EmptyPrompt_NamesIt()
    {
        var error = Assert.Throws<ArgumentException>(() => TextGenerator.GenerateAll(
            TinyModels.LoadCausal("llama-tiny").Model, [[5], []], new GenerationOptions { MaxNewTokens = 4 }));

        Assert.Equal("Prompt 1 is empty; expected at least one token, such as BOS", error.Message);
    }

    [Fact]
    public void GenerateAll_ContradictingOptions_NamesAll()
    {
        var error = Assert.Throws<ArgumentException>(() => TextGenerator.GenerateAll(
            TinyModels.LoadCausal("llama-tiny").Model, [[5]],
            new GenerationOptions { MaxNewTokens = -1, BeamCount = 2, ReturnCount = 3 }));

        Assert.Contains("max_new_tokens is -1", error.Message, StringComparison.Ordinal);
        Assert.Contains("num_return_sequences 3 exceeds num_beams 2", error.Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(1_000_000, 4, 100_000_000, 50)]
    [InlineData(1_000_000, 4, 10_000_000_000, 64)]
    [InlineData(1_000_000, 1, 10_000_000_000, 256)]
    [InlineData(1_000_000, 4, 500_000, 1)]
    public void Choose_FreeMemory_HoldsTheBatchInHalfOfIt(long bytesOfPrompt, int width, long free, int expected) =>
        Assert.Equal(expected, BatchSize.Choose(bytesOfPrompt, width, free));

    private static void AssertSame(
        ICausalModel model, IReadOnlyList<int[]> prompts, GenerationOptions options, BatchOptions batch)
    {
        var together = TextGenerator.GenerateAll(model, prompts, options, batch);
        for (int i = 0; i < prompts.Count; i++)
        {
            var alone = SequentialGenerator.Generate(model, prompts[i], options);
            Assert.Equal(alone.Select(sequence => sequence.Ids), together[i].Select(sequence => sequence.Ids));
            Assert.All(alone.Zip(together[i]), pair => Assert.Equal(pair.First.Score, pair.Second.Score, 1e-4));
        }
    }

    private static ICausalModel Load(string name, string? setting)
    {
        if (setting is null)
        {
            return TinyModels.LoadCausal(name).Model;
        }

        using var copy = new FolderCopy(name);
        var path = Path.Combine(copy.Path, "config.json");
        var json = JsonNode.Parse(File.ReadAllText(path))!.AsObject();
        foreach (var (key, value) in JsonNode.Parse($"{{{setting}}}")!.AsObject())
        {
            json[key] = value?.DeepClone();
        }

        File.WriteAllText(path, json.ToJsonString());
        return ModelFolder.Open(copy.Path)
            .Build(ScalarType.Float32, new SuperAdapter(null, new SeededRandom(1)).Linears);
    }

    private static int[][] Prompts(int count, int prefix)
    {
        var random = new SeededRandom(7);
        int[] common = [.. Enumerable.Range(0, prefix).Select(_ => random.Next(320))];
        return [.. Enumerable.Range(0, count).Select(_ =>
            (int[])[.. common, .. Enumerable.Range(0, 1 + random.Next(20)).Select(_ => random.Next(320))])];
    }
}
