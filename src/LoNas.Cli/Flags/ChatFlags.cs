using System.Text.Json;
using LoNas.Cli.Options;
using LoNas.Formats.Peft;
using LoNas.Storage;
using LoNas.Text.Chat;

namespace LoNas.Cli.Flags;

/// <summary>How a conversation is written as the model reads it.</summary>
internal sealed record ChatFlags
{
    /// <summary>A name or a file; null: the model's own.</summary>
    public string? ChatTemplate { get; init; }

    /// <summary>A JSON object; null for none.</summary>
    public string? ChatTemplateKwargs { get; init; }

    /// <summary>What an adapter was trained with, which holds where no flag says otherwise; null: nothing.</summary>
    public TrainedData? Recorded { get; init; }

    /// <summary>Further variables of the template.</summary>
    public IReadOnlyDictionary<string, JsonElement> Variables => (ChatTemplateKwargs is null
            ? Recorded?.TemplateVariables is { } own ? JsonSerializer.SerializeToElement(own) : null
            : Object()) is not { } json
        ? new Dictionary<string, JsonElement>()
        : json.EnumerateObject().ToDictionary(entry => entry.Name, entry => entry.Value);

    public static void Rows(OptionTable<ChatFlags> table) => table
        .Add("chat_template", OptionValues.Text("NAME|FILE"), o => o.ChatTemplate,
            (o, v) => o with { ChatTemplate = v },
            "chat template of conversations: chatml, another name of docs/chat-templates.md, or a file in Jinja",
            "the model's own")
        .Add("chat_template_kwargs", OptionValues.Text("JSON"), o => o.ChatTemplateKwargs,
            (o, v) => o with { ChatTemplateKwargs = v },
            "further variables of the template, such as '{\"enable_thinking\": false}'");

    /// <summary>The template; null where the model has none and none is given.</summary>
    /// <param name="folder">The model's folder; null without a model.</param>
    public ChatTemplate? Template(string? folder) => ChatTemplate is { } name
        ? Text.Chat.ChatTemplate.Load(name, folder)
        : Recorded?.ChatTemplate is { } source ? Text.Chat.ChatTemplate.Parse(source, "of the adapter", folder)
        : folder is null ? null : Text.Chat.ChatTemplate.Find(folder);

    /// <summary>Notes what is wrong with the values.</summary>
    public void Check(OptionProblems problems) => problems.When(
        ChatTemplateKwargs is not null && Object() is null,
        $"--chat_template_kwargs is '{Excerpt.Of(ChatTemplateKwargs ?? "")}'; expected a JSON object such as "
        + "'{\"enable_thinking\": false}'", "chat_template_kwargs");

    private JsonElement? Object()
    {
        try
        {
            var json = JsonSerializer.Deserialize<JsonElement>(ChatTemplateKwargs!);
            return json.ValueKind == JsonValueKind.Object
                && json.EnumerateObject().DistinctBy(entry => entry.Name).Count() == json.EnumerateObject().Count()
                ? json
                : null;
        }
        catch (JsonException)
        {
            return null;
        }
    }
}
