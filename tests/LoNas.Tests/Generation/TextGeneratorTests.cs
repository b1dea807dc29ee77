using LoNas.Bench.Generate;
using LoNas.Formats.Peft;
using LoNas.Generation;
using LoNas.Models;
using LoNas.Tests.Support;

namespace LoNas.Tests.Generation;

/// <summary>Every recorded call of Transformers' generate, one prompt at a time and many at once.</summary>
public sealed class TextGeneratorTests
{
    private const string Release431 = "generation.json";
    private const string Release447 = "generation_4.47.1.json";

    public static TheoryData<string, string> Recorded => new()
    {
        { "llama-tiny", Release431 },
        { "llama-gqa-tiny", Release431 },
        { "bloom-tiny", Release431 },
        { "qwen2-tiny", Release431 },
        { "mistral-tiny", Release431 },
        { "llama-tiny-lora", Release431 },
        { "llama-tiny", Release447 },
        { "llama-gqa-tiny", Release447 },
        { "bloom-tiny", Release447 },
    };

    [Theory]
    [MemberData(nameof(Recorded))]
    public void Generate_EveryRecordedPrompt_EqualsTransformers(string folder, string file)
    {
        var model = Model(folder);
        var length = LengthOf(folder, file);
        int compared = 0;
        foreach (var recorded in RecordedGeneration.Load(folder, file, length).Values)
        {
            for (int prompt = 0; prompt < recorded.Prompts.Count; prompt++)
            {
                if (IsTarget(recorded, prompt))
                {
                    recorded.AssertEqual(
                        prompt, TextGenerator.Generate(model, recorded.Prompts[prompt], recorded.Options));
                    recorded.AssertEqual(
                        prompt, SequentialGenerator.Generate(model, recorded.Prompts[prompt], recorded.Options));
                    compared++;
                }
            }
        }

        Assert.True(compared >= 6, $"{compared} prompts were compared");
    }

    [Theory]
    [MemberData(nameof(Recorded))]
    public void GenerateAll_RecordedPrompts_EqualTransformersInEveryBatchSizeAndOrder(string folder, string file)
    {
        var model = Model(folder);
        // Cases that were recorded with the same settings are one batch; lists are equal only where they are the same
        // object.
        foreach (var group in RecordedGeneration.Load(folder, file, LengthOf(folder, file)).Values
            .GroupBy(entry => (entry.Options with { EosIds = [] }, entry.Options.EosId)))
        {
            var entries = group.SelectMany(recorded => Enumerable.Range(0, recorded.Prompts.Count)
                .Where(prompt => IsTarget(recorded, prompt)).Select(prompt => (recorded, prompt))).ToArray();
            foreach (int? size in new int?[] { 1, 2, 3, null })
            {
                Array.Reverse(entries);
                var results = TextGenerator.GenerateAll(
                    model, [.. entries.Select(entry => entry.recorded.Prompts[entry.prompt])], group.First().Options,
                    new BatchOptions { Size = size });

                for (int i = 0; i < entries.Length; i++)
                {
                    entries[i].recorded.AssertEqual(entries[i].prompt, results[i]);
                }
            }
        }
    }

    /// <summary>
    /// 4.31 counts a batch's pads as length, so that only rows without pads have their prompt's own result.
    /// </summary>
    private static bool IsTarget(RecordedGeneration recorded, int prompt) =>
        recorded.Options.BeamCount == 1 || recorded.Options.Length == BeamLength.Generated
            || recorded.Pads(prompt) == 0;

    private static BeamLength LengthOf(string folder, string file) =>
        // Qwen2 and Mistral were recorded with Transformers 4.47 only.
        file == Release447 || folder is "qwen2-tiny" or "mistral-tiny" ? BeamLength.Generated : BeamLength.Whole;

    private static ICausalModel Model(string folder)
    {
        if (folder != "llama-tiny-lora")
        {
            return TinyModels.LoadCausal(folder).Model;
        }

        var adapter = Repository.Fixture("llama-tiny-lora", "safetensors");
        var (model, super) = TinyModels.LoadCausal("llama-tiny", PeftFolder.LoadOptions(adapter));
        PeftFolder.LoadWeights(adapter, super);
        return model;
    }
}
