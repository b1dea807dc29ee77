using System.Text.Json;
using System.Text.Json.Nodes;
using LoNas.Storage;

namespace LoNas.Formats.Peft;

/// <summary>
/// How the records of an adapter's training became tokens, kept in <see cref="AdapterManifest.FileName"/>: what judges
/// the adapter later must read records in the same way.
/// </summary>
public sealed record TrainedData
{
    /// <summary>The format of records that LLM-Adapters' prompts are made for.</summary>
    public const string Instructions = "instructions";

    /// <summary>The format, such as <c>messages</c>.</summary>
    public required string Format { get; init; }

    /// <summary>Whether all tokens were learned.</summary>
    public required bool TrainOnInputs { get; init; }

    /// <summary>Which answers were learned, where not all tokens were: <c>answers</c> or <c>last</c>.</summary>
    public string? TrainOn { get; init; }

    /// <summary>Most tokens of a record.</summary>
    public required int CutoffLength { get; init; }

    /// <summary>How longer records were cut; null: at their end.</summary>
    public string? Truncation { get; init; }

    /// <summary>Columns that hold the format's fields, each <c>field=column</c>; empty for those of their names.
    /// </summary>
    public IReadOnlyList<string> Columns { get; init; } = [];

    /// <summary>Whether bad records were left out.</summary>
    public bool SkipsBad { get; init; }

    /// <summary>The chat template; null where there was none.</summary>
    public string? ChatTemplate { get; init; }

    /// <summary>Further variables of the template; null for none.</summary>
    public JsonObject? TemplateVariables { get; init; }

    /// <summary>Whether records became conversations or texts, and no prompts of LLM-Adapters.</summary>
    public bool IsOfRecords => Format != Instructions;

    /// <summary>What the manifest holds.</summary>
    internal JsonObject ToJson() => new()
    {
        ["format"] = Format,
        ["train_on_inputs"] = TrainOnInputs,
        ["train_on"] = TrainOn,
        ["cutoff_len"] = CutoffLength,
        ["truncation"] = Truncation,
        ["columns"] = new JsonArray([.. Columns.Select(pair => (JsonNode)pair)]),
        ["skip_bad_records"] = SkipsBad,
        ["chat_template"] = ChatTemplate,
        ["chat_template_kwargs"] = TemplateVariables?.DeepClone(),
    };

    /// <exception cref="InvalidDataException">A value is missing or has another type.</exception>
    internal static TrainedData Read(JsonElement json, string origin)
    {
        T Take<T>(string key, JsonValueKind[] kinds, Func<JsonElement, T> read) =>
            json.ValueKind == JsonValueKind.Object && json.TryGetProperty(key, out var value)
            && kinds.Contains(value.ValueKind)
                ? read(value)
                : throw new InvalidDataException(
                    $"The {origin} has no usable '{key}' in 'training_data'; get the adapter's own manifest, or remove "
                    + "'training_data' and say how its records were read");
        string? Text(string key) => Take(
            key, [JsonValueKind.String, JsonValueKind.Null],
            value => value.ValueKind == JsonValueKind.Null ? null : value.GetString());
        string? OneOf(string key, params string[] known) =>
            Text(key) is var text && (text is null || known.Contains(text)) ? text
            : throw new InvalidDataException(
                $"The {origin} has '{Excerpt.Of(text)}' in '{key}' of 'training_data'; expected "
                + $"{string.Join(", ", known)} or null: a later version may have written it");
        int cutoff = Take(
            "cutoff_len", [JsonValueKind.Number], value => value.TryGetInt32(out int length) ? length : 0);
        if (cutoff < 1)
        {
            throw new InvalidDataException(
                $"The {origin} has no length of 1 or more in 'cutoff_len' of 'training_data'; get the adapter's own "
                + "manifest");
        }

        return new TrainedData
        {
            Format = OneOf(
                "format", Instructions, "messages", "sharegpt", "alpaca", "prompt_completion", "text", "mixed")
                ?? Instructions,
            TrainOnInputs = Take(
                "train_on_inputs", [JsonValueKind.True, JsonValueKind.False], value => value.GetBoolean()),
            TrainOn = OneOf("train_on", "answers", "last"),
            CutoffLength = cutoff,
            Truncation = OneOf("truncation", "turns", "left", "right"),
            Columns = Take("columns", [JsonValueKind.Array], value => value.EnumerateArray()
                .Where(each => each.ValueKind == JsonValueKind.String).Select(each => each.GetString()!).ToArray()),
            SkipsBad = Take(
                "skip_bad_records", [JsonValueKind.True, JsonValueKind.False], value => value.GetBoolean()),
            ChatTemplate = Text("chat_template"),
            TemplateVariables = Take(
                "chat_template_kwargs", [JsonValueKind.Object, JsonValueKind.Null],
                value => value.ValueKind == JsonValueKind.Null ? null : JsonObject.Create(value)),
        };
    }
}
