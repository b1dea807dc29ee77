using System.Text.Json;
using System.Text.Json.Nodes;
using LoNas.Files;

namespace LoNas.Adapters;

/// <summary>Reads and writes PEFT's adapter_config.json.</summary>
internal static class PeftConfig
{
    public const string FileName = "adapter_config.json";

    public static void Save(string folder, LoraOptions options, string baseModel)
    {
        JsonNode targets = options.TargetIsPattern
            ? JsonValue.Create(options.TargetModules[0])
            : new JsonArray([.. options.TargetModules.Select(name => (JsonNode)JsonValue.Create(name))]);
        JsonOutput.Save(Path.Combine(folder, FileName), new JsonObject
        {
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
            ["modules_to_save"] = options.ModulesToSave.Count == 0 ? null
                : new JsonArray([.. options.ModulesToSave.Select(name => (JsonNode)JsonValue.Create(name))]),
            ["peft_type"] = "LORA",
            ["r"] = options.Rank,
            ["revision"] = null,
            ["target_modules"] = targets,
            ["task_type"] = options.TaskType,
        });
    }

    public static LoraOptions Load(string folder)
    {
        InputPath.RequireFolder(folder, "adapter");
        var path = Path.Combine(folder, FileName);
        var origin = $"adapter configuration '{path}'";
        var json = JsonInput.Load(path, "adapter configuration").RequireObject(origin);
        if (Text(json, "peft_type") is { } type && type != "LORA")
        {
            throw new InvalidDataException($"The {origin} is of the PEFT type '{type}'; supported is LORA");
        }

        RefuseUnsupported(json, origin);
        int rank = Number(json, "r") is { } r && r == Math.Floor(r) && r > 0 ? (int)r
            : throw new InvalidDataException($"The {origin} has no positive integer 'r'");
        bool isPattern = json.TryGetProperty("target_modules", out var targets)
            && targets.ValueKind == JsonValueKind.String;
        return new LoraOptions
        {
            Rank = rank,
            Alpha = Number(json, "lora_alpha")
                ?? throw new InvalidDataException($"The {origin} has no number 'lora_alpha'"),
            Dropout = Number(json, "lora_dropout") ?? 0,
            TaskType = Text(json, "task_type") ?? LoraOptions.CausalTask,
            ModulesToSave = json.TryGetProperty("modules_to_save", out var saved) && saved.ValueKind == JsonValueKind.Array
                ? Names(saved, origin, "modules_to_save")
                : [],
            TargetIsPattern = isPattern,
            TargetModules = isPattern ? [targets.GetString()!] : Names(targets, origin, "target_modules"),
        };
    }

    /// <summary>What would change the numbers and is not computed here must not pass in silence.</summary>
    private static void RefuseUnsupported(JsonElement json, string origin)
    {
        foreach (var key in new[] { "rank_pattern", "alpha_pattern", "layers_to_transform" })
        {
            if (json.TryGetProperty(key, out var value) && value.ValueKind is not JsonValueKind.Null
                && value.GetRawText() is not ("{}" or "[]"))
            {
                throw new InvalidDataException($"The {origin} sets '{key}', which is not supported yet");
            }
        }

        foreach (var key in new[] { "use_rslora", "use_dora", "fan_in_fan_out" })
        {
            if (json.TryGetProperty(key, out var value) && value.ValueKind == JsonValueKind.True)
            {
                throw new InvalidDataException($"The {origin} sets '{key}', which is not supported yet");
            }
        }
    }

    private static string[] Names(JsonElement names, string origin, string key) =>
        names.ValueKind == JsonValueKind.Array && names.GetArrayLength() > 0
            && names.EnumerateArray().All(name => name.ValueKind == JsonValueKind.String)
            ? [.. names.EnumerateArray().Select(name => name.GetString()!)]
            : throw new InvalidDataException($"The {origin} has no usable '{key}'; expected a list of names");

    private static string? Text(JsonElement json, string key) =>
        json.TryGetProperty(key, out var value) && value.ValueKind == JsonValueKind.String ? value.GetString() : null;

    private static double? Number(JsonElement json, string key) =>
        json.TryGetProperty(key, out var value) && value.ValueKind == JsonValueKind.Number ? value.GetDouble() : null;
}
