using System.Text.Json;
using LoNas.Cli.Options;
using LoNas.Storage;
using LoNas.Text.Chat;

namespace LoNas.Cli.Flags;

/// <summary>Which chat template, and what it is given beside the conversation.</summary>
internal sealed record ChatTemplateFlags
{
    /// <summary>A file or a name; null: the model's own.</summary>
    public string? ChatTemplate { get; init; }

    /// <summary>A JSON object; null: no further variables.</summary>
    public string? ChatTemplateKwargs { get; init; }

    /// <summary>The further variables.</summary>
    /// <exception cref="InvalidDataException">They are no JSON object.</exception>
    public IReadOnlyDictionary<string, JsonElement> Variables => ChatTemplateKwargs is not { } text
        ? new Dictionary<string, JsonElement>()
        : ConversationFile.Variables(
            JsonInput.Parse(text, "value of --chat_template_kwargs"), "value of --chat_template_kwargs");

    /// <summary>The flags.</summary>
    public static void Rows(OptionTable<ChatTemplateFlags> table) => table
        .Add("chat_template", OptionValues.Text($"FILE|{string.Join('|', ChatTemplateNames)}"), o => o.ChatTemplate,
            (o, v) => o with { ChatTemplate = v },
            "chat template in Jinja, or JSON with a 'chat_template'", "the model's own")
        .Add("chat_template_kwargs", OptionValues.FreeText, o => o.ChatTemplateKwargs,
            (o, v) => o with { ChatTemplateKwargs = v },
            "further variables of the chat template, such as {\"enable_thinking\": false}");

    private static IReadOnlyList<string> ChatTemplateNames => LoNas.Text.Chat.ChatTemplate.Names;
}
