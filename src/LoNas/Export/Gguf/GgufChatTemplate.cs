using System.Text.Json;
using LoNas.Storage;

namespace LoNas.Export.Gguf;

/// <summary>
/// The chat templates of a model folder in GGUF's keys, as llama.cpp's converter writes them: that of
/// tokenizer_config.json, else of chat_template.jinja with the files in additional_chat_templates, else of
/// chat_template.json.
/// </summary>
internal static class GgufChatTemplate
{
    private const string Key = "tokenizer.chat_template";

    private const string Default = "default";

    private const string Purpose = "chat template";

    /// <summary>Adds a folder's templates; false where none of them is the usual one.</summary>
    /// <exception cref="InvalidDataException">A file is malformed.</exception>
    public static bool Describe(GgufMetadata metadata, string folder)
    {
        var templates = Read(folder);
        var names = templates.Keys.Where(name => name != Default).ToArray();
        foreach (var name in names)
        {
            metadata.Add($"{Key}.{name}", templates[name]);
        }

        if (names.Length > 0)
        {
            metadata.Add($"{Key}s", names);
        }

        if (templates.TryGetValue(Default, out var usual))
        {
            metadata.Add(Key, usual);
        }

        return templates.ContainsKey(Default);
    }

    private static Dictionary<string, string> Read(string folder)
    {
        string In(string name) => Path.Combine(folder, name);
        if (OfJson(In("tokenizer_config.json")) is { Count: > 0 } configured)
        {
            return configured;
        }

        if (!File.Exists(In("chat_template.jinja")))
        {
            return OfJson(In("chat_template.json")) ?? [];
        }

        var templates = new Dictionary<string, string>
        {
            [Default] = InputPath.ReadText(In("chat_template.jinja"), Purpose),
        };
        var more = In("additional_chat_templates");
        string[] files = Directory.Exists(more) ? Directory.GetFiles(more, "*.jinja") : [];
        foreach (var path in files.Order(StringComparer.Ordinal))
        {
            Add(templates, Path.GetFileNameWithoutExtension(path), InputPath.ReadText(path, Purpose), more);
        }

        return templates;
    }

    /// <summary>What a file has under its key: a template, or a list of names and templates.</summary>
    private static Dictionary<string, string>? OfJson(string path)
    {
        if (!File.Exists(path) || !JsonInput.Load(path, "tokenizer configuration")
            .RequireObject($"tokenizer configuration '{path}'").TryGetProperty("chat_template", out var value))
        {
            return null;
        }

        InvalidDataException Wrong(JsonElement found) => new(
            $"'chat_template' in '{path}' has {Excerpt.Of(found)}; expected a text, or a list of objects with a text "
            + "'name' and a text 'template'");
        switch (value.ValueKind)
        {
            case JsonValueKind.Null:
                return null;
            case JsonValueKind.String when value.GetString()!.Length == 0:
                return null; // a template that leaves the conversation out is none
            case JsonValueKind.String:
                return new() { [Default] = value.GetString()! };
            case JsonValueKind.Array:
                var templates = new Dictionary<string, string>();
                foreach (var entry in value.EnumerateArray())
                {
                    var name = Text(entry, "name") ?? throw Wrong(entry);
                    Add(templates, name, Text(entry, "template") ?? throw Wrong(entry), path);
                }

                return templates;
            default:
                throw Wrong(value);
        }
    }

    private static string? Text(JsonElement entry, string key) => entry.ValueKind == JsonValueKind.Object
        && entry.TryGetProperty(key, out var text) && text.ValueKind == JsonValueKind.String ? text.GetString() : null;

    private static void Add(Dictionary<string, string> templates, string name, string template, string origin)
    {
        if (!templates.TryAdd(NameOf(name), template))
        {
            throw new InvalidDataException(
                $"'{origin}' has two chat templates that a GGUF file would name '{NameOf(name)}', the second is "
                + $"'{Excerpt.Of(name)}'; leave one of them out");
        }
    }

    /// <summary>Keys of a GGUF have letters, digits and underscores alone.</summary>
    private static string NameOf(string name) =>
        string.Concat(name.Select(letter => char.IsAsciiLetterOrDigit(letter) ? letter : '_'));
}
