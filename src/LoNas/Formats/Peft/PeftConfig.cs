using System.Text.Json;
using System.Text.Json.Nodes;
using LoNas.Elastic;
using LoNas.Storage;
using LoNas.Weights;

namespace LoNas.Formats.Peft;

/// <summary>Reads and writes PEFT's adapter_config.json.</summary>
internal static class PeftConfig
{
    public const string FileName = "adapter_config.json";

    private const int LargestRank = 1 << 16;

    public static void Save(string folder, LoraOptions options, string baseModel)
    {
        var json = new JsonObject
        {
            ["alpha_pattern"] = PatternNode(options.AlphaPattern),
            ["auto_mapping"] = null,
            ["base_model_name_or_path"] = baseModel,
            ["bias"] = "none",
            ["fan_in_fan_out"] = false,
            ["inference_mode"] = true,
            ["init_lora_weights"] = true,
            ["layers_pattern"] = null,
            ["layers_to_transform"] = null,
            ["lora_alpha"] = options.Alpha,
            ["lora_dropout"] = options.Dropout,
            ["modules_to_save"] =
                options.ModulesToSave.Count == 0 ? null : PeftTargets.NamesNode(options.ModulesToSave),
            ["peft_type"] = "LORA",
            ["r"] = options.Rank,
            ["rank_pattern"] = PatternNode(options.RankPattern),
            ["revision"] = null,
            ["target_modules"] = null,
            ["task_type"] = options.TaskType,
            ["use_rslora"] = options.UseRslora,
        };
        PeftTargets.Write(json, options);
        JsonOutput.Save(Path.Combine(folder, FileName), json);
    }

    public static LoraOptions Load(string folder)
    {
        FolderGuide.RequireAdapter(folder);
        var path = Path.Combine(folder, FileName);
        var origin = $"adapter configuration '{path}'";
        var json = JsonInput.Load(path, "adapter configuration").RequireObject(origin);
        if (Text(json, "peft_type") is { } type && type != "LORA")
        {
            throw new InvalidDataException($"The {origin} is of the PEFT type '{Excerpt.Of(type)}'; supported is LORA");
        }

        PeftKeys.Require(json, origin);
        var options = PeftTargets.Read(json, origin, new LoraOptions
        {
            Rank = Rank(json, origin),
            RankPattern = new([.. Pattern(json, "rank_pattern", origin, IsRank, "a positive integer")
                .Select(entry => (entry.Key, (int)entry.Value))]),
            AlphaPattern = new([.. Pattern(json, "alpha_pattern", origin, double.IsFinite, "a number")]),
            UseRslora = IsTrue(json, "use_rslora", origin),
            Alpha = Number(json, "lora_alpha", origin)
                ?? throw new InvalidDataException($"The {origin} has no number 'lora_alpha'"),
            Dropout = Number(json, "lora_dropout", origin) ?? 0,
            TaskType = Text(json, "task_type") ?? LoraOptions.CausalTask,
            ModulesToSave = json.TryGetProperty("modules_to_save", out var saved)
                && saved.ValueKind != JsonValueKind.Null && saved.GetRawText() != "[]"
                ? PeftTargets.Names(saved, origin, "modules_to_save")
                : [],
        });
        return options.ScalingProblem is { } problem
            ? throw new InvalidDataException($"The {origin} can't be used: {problem}")
            : options;
    }

    private static int Rank(JsonElement json, string origin) => Number(json, "r", origin) switch
    {
        { } rank when IsRank(rank) => (int)rank,
        > LargestRank => throw new InvalidDataException(
            $"The {origin} has {Excerpt.Of(json.GetProperty("r"))} in 'r'; expected at most {LargestRank}"),
        _ => throw new InvalidDataException($"The {origin} has no positive integer 'r'"),
    };

    /// <summary>The entries of a pattern; none if the key is missing.</summary>
    private static IEnumerable<(string Key, double Value)> Pattern(
        JsonElement json, string key, string origin, Func<double, bool> isUsable, string expected)
    {
        if (!json.TryGetProperty(key, out var pattern) || pattern.ValueKind == JsonValueKind.Null)
        {
            return [];
        }

        if (pattern.ValueKind != JsonValueKind.Object)
        {
            throw new InvalidDataException($"The {origin} has a '{key}' that is no object of names and numbers");
        }

        return pattern.EnumerateObject().Select(entry =>
            entry.Value.ValueKind == JsonValueKind.Number && entry.Value.GetDouble() is var value && isUsable(value)
                ? (PeftTargets.Expression(entry.Name, key, origin, PythonPattern.ProblemOfEnd), value)
                : throw new InvalidDataException(
                    $"The {origin} has {Excerpt.Of(entry.Value)} in '{key}' for '{Excerpt.Of(entry.Name)}'; "
                    + $"expected {expected}"));
    }

    private static bool IsRank(double value) => value == Math.Floor(value) && value is > 0 and <= LargestRank;

    private static bool IsTrue(JsonElement json, string key, string origin) => json.TryGetProperty(key, out var value)
        && value.ValueKind switch
        {
            JsonValueKind.True => true,
            JsonValueKind.False or JsonValueKind.Null => false,
            _ => throw new InvalidDataException(
                $"The {origin} has {Excerpt.Of(value)} in '{key}'; expected true or false"),
        };

    private static JsonObject PatternNode<T>(LayerPattern<T> pattern)
        where T : struct =>
        new(pattern.Values.Select(entry => KeyValuePair.Create(entry.Key, (JsonNode?)JsonValue.Create(entry.Value))));

    private static string? Text(JsonElement json, string key) =>
        json.TryGetProperty(key, out var value) && value.ValueKind == JsonValueKind.String ? value.GetString() : null;

    private static double? Number(JsonElement json, string key, string origin) =>
        !json.TryGetProperty(key, out var value) || value.ValueKind != JsonValueKind.Number ? null
        : double.IsFinite(value.GetDouble()) ? value.GetDouble()
        : throw new InvalidDataException(
            $"The {origin} has {Excerpt.Of(value)} in '{key}'; expected a finite number");
}
