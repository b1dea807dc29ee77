using System.Text.Json;
using System.Text.Json.Nodes;
using LoNas.Storage;

namespace LoNas.Models.Families;

/// <summary>
/// A whole Gemma 3, with the part that sees: config.json holds the text part's keys in an object of their own. The text
/// part alone is read, and is a model of its own from then on.
/// </summary>
internal static class Gemma3Whole
{
    /// <summary>The name in config.json.</summary>
    public const string Name = "gemma3";

    private const string TextKey = "text_config";

    // What the whole file says of its text.
    private static readonly string[] Shared =
    [
        "eos_token_id", "bos_token_id", "pad_token_id", "torch_dtype", "dtype", "tie_word_embeddings",
        "transformers_version",
    ];

    /// <summary>Describes the text part.</summary>
    /// <exception cref="InvalidDataException">There is none, or it can't be used.</exception>
    public static ModelDescription Describe(JsonElement json, string origin)
    {
        var keys = new ConfigReader(json, origin);
        keys.Require(keys.Object(TextKey) is not null || keys.Has(TextKey), $"{TextKey} is missing");
        var type = keys.Object(TextKey)?.Text("model_type", Gemma3Config.Name) ?? Gemma3Config.Name;
        keys.Require(type == Gemma3Config.Name, $"the {TextKey} is of a {type}; expected {Gemma3Config.Name}");
        keys.ThrowIfInvalid();
        return ModelFamilies.Read(TextOf(json), origin) with { OtherParts = ["vision_tower", "multi_modal_projector"] };
    }

    /// <summary>The config.json of the text part.</summary>
    public static JsonElement TextOf(JsonElement json)
    {
        var whole = json.ToNode()!.AsObject();
        var text = whole[TextKey]!.DeepClone().AsObject();
        foreach (var key in Shared.Where(key => whole.ContainsKey(key) && !text.ContainsKey(key)))
        {
            text[key] = whole[key]?.DeepClone();
        }

        text["model_type"] = Gemma3Config.Name;
        text["architectures"] = new JsonArray("Gemma3ForCausalLM");
        return JsonSerializer.SerializeToElement(text);
    }
}
