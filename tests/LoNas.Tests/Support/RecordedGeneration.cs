using System.Text.Json;
using LoNas.Generation;
using LoNas.Storage;

namespace LoNas.Tests.Support;

/// <summary>One recorded call of Transformers' generate, with the padding of its prompts removed.</summary>
internal sealed class RecordedGeneration
{
    private readonly JsonElement _case;
    private readonly string _folder;

    private RecordedGeneration(JsonElement recorded, string folder, BeamLength length)
    {
        (_case, _folder) = (recorded, folder);
        var settings = recorded.GetProperty("generation_config");
        Options = new GenerationOptions
        {
            MaxNewTokens = settings.GetProperty("max_new_tokens").GetInt32(),
            BeamCount = Int(settings, "num_beams"),
            ReturnCount = Int(settings, "num_return_sequences"),
            LengthPenalty = settings.TryGetProperty("length_penalty", out var penalty) ? penalty.GetDouble() : 1,
            Stopping = settings.TryGetProperty("early_stopping", out var stopping)
                ? Stopping(stopping)
                : BeamStopping.Heuristic,
            Length = length,
            EosId = recorded.GetProperty("eos_token_id").GetInt32(),
        };
        var rows = recorded.GetProperty("input_ids").EnumerateArray();
        Prompts = [.. rows.Select((row, i) => Ints(row).Skip(Pads(i)).ToArray())];
    }

    public GenerationOptions Options { get; }

    public IReadOnlyList<int[]> Prompts { get; }

    /// <summary>The cases of a fixture file of a model, by name.</summary>
    public static IReadOnlyDictionary<string, RecordedGeneration> Load(string folder, string file, BeamLength length) =>
        LoadFile(Repository.Fixture(folder, file), folder, length);

    /// <summary>The cases of a file anywhere, by name; those that rounding could turn are left out.</summary>
    public static IReadOnlyDictionary<string, RecordedGeneration> LoadFile(
        string path, string folder, BeamLength length) =>
        JsonInput.Load(path, "fixture").GetProperty("cases").EnumerateObject()
            .Where(entry => entry.Value.GetProperty("rounding_stable").GetBoolean())
            .ToDictionary(entry => entry.Name, entry => new RecordedGeneration(entry.Value, folder, length)
            {
                Release = path.Contains("_4.57", StringComparison.Ordinal) ? ", Transformers 4.57"
                    : length == BeamLength.Generated ? ", Transformers 4.47" : "",
            });

    /// <summary>Pads in front of a prompt.</summary>
    public int Pads(int prompt) =>
        Ints(_case.GetProperty("attention_mask")[prompt]).TakeWhile(real => real == 0).Count();

    /// <summary>Fails unless these are the recorded sequences and scores of a prompt.</summary>
    public void AssertEqual(int prompt, IReadOnlyList<GeneratedSequence> generated)
    {
        Assert.Equal(Options.ReturnCount, generated.Count);
        for (int i = 0; i < generated.Count; i++)
        {
            int row = (prompt * Options.ReturnCount) + i;
            var expected = Ints(_case.GetProperty("sequences")[row]).Skip(Pads(prompt)).ToArray();
            Assert.Equal(expected.Take(generated[i].Ids.Length), generated[i].Ids);
            // Shorter sequences are recorded with pads up to the longest; beams of later releases with end tokens.
            Assert.All(
                expected.Skip(generated[i].Ids.Length),
                pad => Assert.Contains(
                    pad, (int[])[_case.GetProperty("pad_token_id").GetInt32(), Options.EosId!.Value]));
            if (_case.TryGetProperty("sequences_scores", out var scores) && scores.ValueKind == JsonValueKind.Array)
            {
                Close.Absolute(
                    $"{_folder} scores of beams{Release}", scores[row].GetDouble(), generated[i].Score, 1e-4);
            }
        }

        ParityLog.AddExact($"{_folder} sequences{Release}");
    }

    private string Release { get; init; } = "";

    private static BeamStopping Stopping(JsonElement value) =>
        value.ValueKind == JsonValueKind.String ? BeamStopping.Never
        : value.GetBoolean() ? BeamStopping.Early : BeamStopping.Heuristic;

    private static int Int(JsonElement parent, string key) =>
        parent.TryGetProperty(key, out var value) ? value.GetInt32() : 1;

    private static int[] Ints(JsonElement array) => [.. array.EnumerateArray().Select(value => value.GetInt32())];
}
