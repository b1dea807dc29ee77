using System.Text.Json;
using LoNas.Storage;

namespace LoNas.Formats.Peft;

/// <summary>
/// The keys of adapter_config.json, of every version of PEFT up to 0.20: each is read, or means nothing for what an
/// adapter computes, or must have its neutral value. A key that no row knows must have one too.
/// </summary>
internal static class PeftKeys
{
    private const string InitialWeights = "init_lora_weights";

    /// <summary>Keys that <see cref="PeftConfig"/> reads.</summary>
    private static readonly string[] Read =
    [
        "peft_type", "task_type", "r", "lora_alpha", "lora_dropout", "target_modules", "modules_to_save",
        "rank_pattern", "alpha_pattern", "use_rslora", "exclude_modules", "layers_to_transform", "layers_pattern",
    ];

    /// <summary>Keys that change nothing, whatever they hold.</summary>
    private static readonly string[] Harmless =
    [
        // Names of things: where the base is, and who wrote the file.
        "base_model_name_or_path", "revision", "auto_mapping", "peft_version",
        // How PEFT holds it: frozen or not, merged while it evaluates, moved between devices.
        "inference_mode", "merge_weights", "runtime_config",
        // Of Conv1D and of Megatron's layers, which no model here has; PEFT ignores them for other layers.
        "fan_in_fan_out", "megatron_config", "megatron_core",
        // A part of a setting that is refused itself.
        "qalora_group_size",
        // How a training begins and goes: the trained weights are in the file. Rates of LoRA+, and VeLoRA's backward
        // pass, are a training's too.
        "loftq_config", "eva_config", "corda_config", "lora_ga_config", "velora_config", "lorap_lr_ratio",
        "lorap_emb_lr", "lora_dtype",
    ];

    /// <summary>Keys that change what an adapter computes, unless they are neutral.</summary>
    private static readonly string[] Unsupported =
    [
        "bias", "lora_bias", "use_dora", "use_qalora", "use_bdlora", "kasa_config", "arrow_config",
        "monteclora_config", "alora_invocation_tokens", "trainable_token_indices", "target_parameters",
        "layer_replication", "enable_lora", "ensure_weight_tying",
    ];

    /// <summary>
    /// Initial weights after which PEFT loads an adapter onto the base as it is. All others change the base: PiSSA,
    /// OLoRA, CorDA and LoftQ each time that the adapter is loaded, LoRA-GA once, before it is trained.
    /// </summary>
    private static readonly string[] KeepBase = ["gaussian", "eva", "orthogonal", "mica"];

    /// <summary>Refuses whatever would change the results and is not computed here, all of it at once.</summary>
    /// <exception cref="InvalidDataException">Such keys have values; the message lists them.</exception>
    public static void Require(JsonElement json, string origin)
    {
        // Of a key that comes twice the last value counts, as everywhere.
        var values = new Dictionary<string, JsonElement>();
        foreach (var entry in json.EnumerateObject())
        {
            values[entry.Name] = entry.Value;
        }

        var set = values.Where(entry => !Read.Contains(entry.Key) && !Harmless.Contains(entry.Key)
                && !IsNeutral(entry.Key, entry.Value))
            .Select(entry => entry.Key).ToArray();
        if (set.Length == 0)
        {
            return;
        }

        string[] unknown = [.. set.Where(key => key != InitialWeights && !Unsupported.Contains(key))];
        var names = set.Select(key => $"'{Excerpt.Of(key)}'{Value(key, values[key])}").ToArray();
        throw new InvalidDataException(
            $"The {origin} sets {Excerpt.Of(names)}, which {(set.Length == 1 ? "is" : "are")} not supported; train "
            + "without it, or merge that adapter with PEFT first" + (unknown.Length == 0 ? "" :
                $". {Excerpt.Of(unknown)} {(unknown.Length == 1 ? "is" : "are")} unknown here: remove what does not "
                + "change the results"));
    }

    /// <summary>0 is none of the values that say nothing: it may be a factor.</summary>
    private static bool IsNeutral(string key, JsonElement value) => key switch
    {
        "bias" when value.ValueKind == JsonValueKind.String => value.ValueEquals("none"),
        InitialWeights => value.ValueKind is JsonValueKind.True or JsonValueKind.False or JsonValueKind.Null
            || (value.ValueKind == JsonValueKind.String && KeepBase.Contains(value.GetString()!.ToLowerInvariant())),
        _ => SaysNothing(value),
    };

    /// <summary>Whether a value is none, by Python's rule but for 0.</summary>
    public static bool SaysNothing(JsonElement value) => value.ValueKind switch
    {
        JsonValueKind.Null or JsonValueKind.False => true,
        JsonValueKind.String => value.GetString()!.Length == 0,
        JsonValueKind.Array => value.GetArrayLength() == 0,
        JsonValueKind.Object => !value.EnumerateObject().Any(),
        _ => false,
    };

    /// <summary>What a key that is known says by its name alone needs no value.</summary>
    private static string Value(string key, JsonElement value) =>
        Unsupported.Contains(key) ? "" : $" ({Excerpt.Of(value)})";
}
