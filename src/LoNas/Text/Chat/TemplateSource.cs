using System.Text.Json;
using LoNas.Errors;
using LoNas.Storage;

namespace LoNas.Text.Chat;

/// <summary>A chat template as it was read.</summary>
/// <param name="Origin">Where it is from, for messages.</param>
/// <param name="Text">The template.</param>
/// <param name="ToolUse">That for conversations with tools; null: the same.</param>
internal sealed record TemplateSource(string Origin, string Text, string? ToolUse = null)
{
    private const string Key = "chat_template";
    private const string Default = "default";
    private const string Tools = "tool_use";
    private const string Purpose = "chat template";

    /// <summary>That of a model's folder; null where it has none.</summary>
    /// <exception cref="InvalidDataException">A file of it is damaged.</exception>
    public static TemplateSource? Find(string folder)
    {
        var file = Path.Combine(folder, "chat_template.jinja");
        if (File.Exists(file))
        {
            var more = Path.Combine(folder, "additional_chat_templates", $"{Tools}.jinja");
            return new($"'{file}'", InputPath.ReadText(file, Purpose),
                File.Exists(more) ? InputPath.ReadText(more, Purpose) : null);
        }

        return new[] { "tokenizer_config.json", "chat_template.json" }
            .Select(name => Path.Combine(folder, name)).Where(File.Exists)
            .Select(OfJson).FirstOrDefault(source => source is not null);
    }

    /// <summary>A built-in one, or that of a file.</summary>
    /// <exception cref="InvalidDataException">There is none, or it is damaged.</exception>
    public static TemplateSource Load(string nameOrFile)
    {
        if (BuiltInTemplates.All.TryGetValue(nameOrFile, out var known))
        {
            return new($"'{nameOrFile}'", known);
        }

        if (!Path.Exists(nameOrFile))
        {
            throw new InvalidDataException(
                $"The chat template '{nameOrFile}' is neither a file nor a name that is known; expected a file, or "
                + string.Join(" or ", BuiltInTemplates.All.Keys)).About(Setting.ChatTemplate);
        }

        return !nameOrFile.EndsWith(".json", StringComparison.OrdinalIgnoreCase)
            ? new($"'{nameOrFile}'", InputPath.ReadText(nameOrFile, Purpose))
            : OfJson(nameOrFile) ?? throw new InvalidDataException(
                $"The file '{nameOrFile}' has no '{Key}'; expected a template, or JSON with this key");
    }

    private static TemplateSource? OfJson(string file)
    {
        var root = JsonInput.Load(file, Purpose).RequireObject($"{Purpose} '{file}'");
        if (!root.TryGetProperty(Key, out var value) || value.ValueKind == JsonValueKind.Null)
        {
            return null;
        }

        var origin = $"'{Key}' of '{file}'";
        return value.ValueKind switch
        {
            JsonValueKind.String => new(origin, value.GetString()!),
            JsonValueKind.Array => OfNamed(origin, [.. value.EnumerateArray().Select(entry => Named(origin, entry))]),
            JsonValueKind.Object => OfNamed(origin, [.. value.EnumerateObject().Select(
                entry => (entry.Name, TextOf(origin, entry.Value)))]),
            _ => throw Malformed(origin),
        };
    }

    private static TemplateSource OfNamed(string origin, (string Name, string Text)[] templates)
    {
        string? Of(string wanted) => templates.LastOrDefault(template => template.Name == wanted).Text;
        var tools = Of(Tools);
        return Of(Default) is { } text ? new(origin, text, tools)
            : tools is not null && templates.Length == 1 ? new(origin, tools)
            : throw new InvalidDataException(
                $"The {origin} has several templates and none is called '{Default}', which is taken: "
                + Excerpt.Of([.. templates.Select(template => template.Name)]));
    }

    private static (string Name, string Text) Named(string origin, JsonElement entry) =>
        entry.ValueKind == JsonValueKind.Object && entry.TryGetProperty("name", out var name)
            && entry.TryGetProperty("template", out var text) && name.ValueKind == JsonValueKind.String
            ? (name.GetString()!, TextOf(origin, text))
            : throw Malformed(origin);

    private static string TextOf(string origin, JsonElement text) =>
        text.ValueKind == JsonValueKind.String ? text.GetString()! : throw Malformed(origin);

    private static InvalidDataException Malformed(string origin) => new(
        $"The {origin} is neither a text nor a list of objects with 'name' and 'template'; get the file again");
}
