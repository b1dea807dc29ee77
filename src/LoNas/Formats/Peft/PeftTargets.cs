using System.Text.Json;
using System.Text.Json.Nodes;
using LoNas.Elastic;
using LoNas.Storage;

namespace LoNas.Formats.Peft;

/// <summary>The keys of adapter_config.json that say which layers have an adapter.</summary>
internal static class PeftTargets
{
    private const string TargetsKey = "target_modules";
    private const string ExcludedKey = "exclude_modules";
    private const string LayersKey = "layers_to_transform";
    private const string ContainersKey = "layers_pattern";

    /// <summary>Reads them into options.</summary>
    /// <exception cref="InvalidDataException">One can't be used, or they contradict each other.</exception>
    public static LoraOptions Read(JsonElement json, string origin, LoraOptions options)
    {
        bool isPattern = json.TryGetProperty(TargetsKey, out var targets) && targets.ValueKind == JsonValueKind.String;
        bool excludesPattern = Given(json, ExcludedKey) is { ValueKind: JsonValueKind.String };
        var layers = Layers(json, origin);
        if (isPattern && layers.Count > 0)
        {
            throw new InvalidDataException(
                $"The {origin} has '{LayersKey}' beside the text {Excerpt.Of(targets)} in '{TargetsKey}', which PEFT "
                + $"refuses too: {LoraTargets.OnlyNamesHaveLayers}");
        }

        return options with
        {
            TargetIsPattern = isPattern,
            TargetModules = isPattern ? [Whole(targets, TargetsKey, origin)] : Names(targets, origin, TargetsKey),
            ExcludeIsPattern = excludesPattern,
            ExcludeModules = Given(json, ExcludedKey) is not { } excluded ? []
                : excludesPattern ? [Whole(excluded, ExcludedKey, origin)]
                : Names(excluded, origin, ExcludedKey),
            LayersToTransform = layers,
            LayersPattern = layers.Count == 0 ? [] : Containers(json, origin),
        };
    }

    /// <summary>Writes them.</summary>
    public static void Write(JsonObject json, LoraOptions options)
    {
        json[ContainersKey] = options.LayersPattern.Count == 0 ? null : NamesNode(options.LayersPattern);
        json[LayersKey] = options.LayersToTransform.Count == 0 ? null
            : new JsonArray([.. options.LayersToTransform.Select(layer => (JsonNode)JsonValue.Create(layer))]);
        json[TargetsKey] = Node(options.TargetModules, options.TargetIsPattern);
        if (options.ExcludeModules.Count > 0)
        {
            json[ExcludedKey] = Node(options.ExcludeModules, options.ExcludeIsPattern);
        }
    }

    public static JsonArray NamesNode(IEnumerable<string> names) =>
        [.. names.Select(name => (JsonNode)JsonValue.Create(name))];

    public static string[] Names(JsonElement names, string origin, string key) =>
        names.ValueKind == JsonValueKind.Array && names.GetArrayLength() > 0
            && names.EnumerateArray().All(name => name.ValueKind == JsonValueKind.String)
            ? [.. names.EnumerateArray().Select(name => name.GetString()!)]
            : throw new InvalidDataException($"The {origin} has no usable '{key}'; expected a list of names");

    /// <summary>A text that must be a regular expression; <paramref name="problem"/> says what else it is.</summary>
    public static string Expression(string text, string key, string origin, Func<string, string?> problem) =>
        problem(text) is { } what
            ? throw new InvalidDataException($"The {origin} has '{Excerpt.Of(text)}' in '{key}', which is no {what}")
            : text;

    private static string Whole(JsonElement text, string key, string origin) =>
        Expression(text.GetString()!, key, origin, PythonPattern.ProblemOfWhole);

    private static JsonNode Node(IReadOnlyList<string> names, bool isPattern) =>
        isPattern ? JsonValue.Create(names[0]) : NamesNode(names);

    /// <summary>The value of a key; null where it is missing or says nothing.</summary>
    private static JsonElement? Given(JsonElement json, string key) =>
        json.TryGetProperty(key, out var value) && !PeftKeys.SaysNothing(value) ? value : null;

    private static IReadOnlyList<int> Layers(JsonElement json, string origin)
    {
        if (Given(json, LayersKey) is not { } given)
        {
            return [];
        }

        JsonElement[] values = given.ValueKind == JsonValueKind.Array ? [.. given.EnumerateArray()] : [given];
        return [.. values.Select(value =>
            value.ValueKind == JsonValueKind.Number && value.TryGetInt32(out int layer) && layer >= 0 ? layer
            : throw new InvalidDataException(
                $"The {origin} has {Excerpt.Of(value)} in '{LayersKey}'; expected the number of a layer, from 0, or a "
                + "list of them"))];
    }

    private static string[] Containers(JsonElement json, string origin) => Given(json, ContainersKey) switch
    {
        null => [],
        { ValueKind: JsonValueKind.String } one => [Container(one.GetString()!, origin)],
        { } list => [.. Names(list, origin, ContainersKey).Select(name => Container(name, origin))],
    };

    private static string Container(string text, string origin) =>
        Expression(text, ContainersKey, origin, PythonPattern.ProblemOfLayer);
}
