using System.Text.Json;
using System.Text.Json.Nodes;
using LoNas.Cli.Options;
using LoNas.Storage;

namespace LoNas.Cli.Flags;

/// <summary>How messages become a model's text.</summary>
internal sealed record ChatTemplateFlags
{
    private static readonly OptionValue<IReadOnlyDictionary<string, JsonElement>?> Variables =
        new(OptionShape.FreeText, "JSON", Parse, ToJson);

    /// <summary>A name or a file; null: the model's own.</summary>
    public string? ChatTemplate { get; init; }

    /// <summary>Further variables of the template; null for none.</summary>
    public IReadOnlyDictionary<string, JsonElement>? ChatTemplateKwargs { get; init; }

    /// <summary>Whether a flag was given.</summary>
    public bool IsGiven => ChatTemplate is not null || ChatTemplateKwargs is not null;

    /// <summary>The flags.</summary>
    public static void Rows(OptionTable<ChatTemplateFlags> table) => table
        .Add("chat_template", OptionValues.Text("NAME|FILE"), o => o.ChatTemplate,
            (o, v) => o with { ChatTemplate = v },
            "the template that makes a model's text of messages: a name, such as chatml, or a file", "the model's own")
        .Add("chat_template_kwargs", Variables, o => o.ChatTemplateKwargs,
            (o, v) => o with { ChatTemplateKwargs = v },
            "further variables of the template, such as '{\"enable_thinking\": false}'");

    private static IReadOnlyDictionary<string, JsonElement>? Parse(string text)
    {
        if (text.Equals(OptionValues.None, StringComparison.OrdinalIgnoreCase))
        {
            return null;
        }

        try
        {
            var json = JsonInput.Parse(text, "text");
            return json.ValueKind == JsonValueKind.Object
                ? json.EnumerateObject().ToDictionary(entry => entry.Name, entry => entry.Value)
                : throw new FormatException(Expected);
        }
        catch (Exception error) when (error is InvalidDataException or ArgumentException)
        {
            throw new FormatException(Expected, error);
        }
    }

    private const string Expected = "expected a JSON object, such as {\"enable_thinking\": false}";

    private static JsonNode? ToJson(IReadOnlyDictionary<string, JsonElement>? variables) => variables is null ? null
        : new JsonObject(variables.Select(entry => KeyValuePair.Create(entry.Key, entry.Value.ToNode())));
}
