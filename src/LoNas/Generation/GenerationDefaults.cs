using System.Globalization;
using System.Text.Json;
using LoNas.Storage;

namespace LoNas.Generation;

/// <summary>How a model's makers want its answers generated: what generation_config.json says of it.</summary>
public sealed record GenerationDefaults
{
    private const string FileName = "generation_config.json";

    /// <summary>Keys that change what is generated and are not followed, with the values that change nothing.</summary>
    private static readonly (string Key, double Neutral)[] Others =
    [
        ("repetition_penalty", 1), ("encoder_repetition_penalty", 1), ("no_repeat_ngram_size", 0), ("num_beams", 1),
        ("num_beam_groups", 1), ("diversity_penalty", 0), ("min_p", 0), ("top_h", 0), ("typical_p", 1),
        ("epsilon_cutoff", 0), ("eta_cutoff", 0), ("penalty_alpha", 0), ("guidance_scale", 1), ("min_length", 0),
        ("min_new_tokens", 0), ("bad_words_ids", 0), ("force_words_ids", 0), ("forced_bos_token_id", -1),
        ("forced_eos_token_id", -1), ("suppress_tokens", 0), ("begin_suppress_tokens", 0), ("sequence_bias", 0),
        ("exponential_decay_length_penalty", 0), ("stop_strings", 0), ("dola_layers", 0), ("watermarking_config", 0),
        ("max_time", 0),
    ];

    /// <summary>Whether tokens are drawn; no unless the file says so, as in Transformers.</summary>
    public bool? DoSample { get; init; }

    /// <summary>Divides the logits; null where the file does not say.</summary>
    public double? Temperature { get; init; }

    /// <summary>Only the best so many tokens are drawn from, 0 for all; null where the file does not say.</summary>
    public int? TopK { get; init; }

    /// <summary>
    /// Only the fewest best tokens with this sum of probabilities are drawn from; null where the file does not say.
    /// </summary>
    public double? TopP { get; init; }

    /// <summary>Most new tokens; null where the file does not say.</summary>
    public int? MaxNewTokens { get; init; }

    /// <summary>Whether the file says how tokens are drawn; it may say so without <see cref="DoSample"/>.</summary>
    public bool SaysHow => Temperature is not (null or 1) || TopK is not (null or 50) || TopP is not (null or 1);

    /// <summary>What the file asks for besides and is not followed, such as <c>repetition_penalty 1.1</c>.</summary>
    public IReadOnlyList<string> NotFollowed { get; init; } = [];

    /// <summary>Reads a model folder's; empty where it has none.</summary>
    /// <param name="folder">The folder.</param>
    /// <exception cref="InvalidDataException">Values are no such numbers; all are named.</exception>
    public static GenerationDefaults Load(string folder)
    {
        var path = Path.Combine(folder, FileName);
        if (!File.Exists(path))
        {
            return new GenerationDefaults();
        }

        var origin = $"generation configuration '{path}'";
        var json = JsonInput.Load(path, "generation configuration").RequireObject(origin);
        var problems = new List<string>();
        var read = new GenerationDefaults
        {
            DoSample = Sampled(json, problems),
            Temperature = Number(json, "temperature", value => value >= 0, "a number of 0 or more", problems),
            TopK = Whole(json, "top_k", 0, problems),
            TopP = Number(json, "top_p", value => value is > 0 and <= 1, "a number above 0 and at most 1", problems),
            MaxNewTokens = Whole(json, "max_new_tokens", 1, problems),
            NotFollowed = [.. Others.Where(other => Changes(json, other)).Select(other => Written(json, other.Key))],
        };
        if (read is { DoSample: true, Temperature: 0 })
        {
            problems.Add("'temperature' is 0 and 'do_sample' true; expected more than 0");
        }

        return problems.Count == 0 ? read : throw new InvalidDataException(
            $"The {origin} has values that can't be used: {string.Join("; ", problems)}; correct them there");
    }

    private static bool? Sampled(JsonElement json, List<string> problems)
    {
        if (Value(json, "do_sample") is not { } value)
        {
            return null;
        }

        if (value.ValueKind is not (JsonValueKind.True or JsonValueKind.False))
        {
            problems.Add($"'do_sample' is {Excerpt.Of(value)}; expected true or false");
        }

        return value.ValueKind == JsonValueKind.True;
    }

    private static int? Whole(JsonElement json, string key, int least, List<string> problems) => (int?)Number(
        json, key, value => value >= least && value <= int.MaxValue && value == Math.Floor(value),
        string.Create(CultureInfo.InvariantCulture, $"a whole number of {least} or more"), problems);

    private static double? Number(
        JsonElement json, string key, Func<double, bool> isRight, string expected, List<string> problems)
    {
        if (Value(json, key) is not { } value)
        {
            return null;
        }

        if (value.ValueKind == JsonValueKind.Number && value.TryGetDouble(out double number) && isRight(number))
        {
            return number;
        }

        problems.Add($"'{key}' is {Excerpt.Of(value)}; expected {expected}");
        return null;
    }

    private static bool Changes(JsonElement json, (string Key, double Neutral) other) =>
        Value(json, other.Key) is { } value && value.ValueKind switch
        {
            JsonValueKind.Number => value.TryGetDouble(out double number) && number != other.Neutral,
            JsonValueKind.Array => value.GetArrayLength() > 0,
            JsonValueKind.False => false,
            _ => true,
        };

    private static string Written(JsonElement json, string key) => $"{key} {Excerpt.Of(json.GetProperty(key))}";

    private static JsonElement? Value(JsonElement json, string key) =>
        json.TryGetProperty(key, out var value) && value.ValueKind != JsonValueKind.Null ? value : null;
}
