using System.Text.Json;
using LoNas.Storage;
using LoNas.Text.TokenizerJson;

namespace LoNas.Text;

/// <summary>The values of a tokenizer's configuration files, in the order in which the files count.</summary>
internal sealed class SettingKeys
{
    private readonly List<(string Path, JsonElement Root)> _files = [];

    /// <exception cref="InvalidDataException">A file is no JSON object.</exception>
    public static SettingKeys Load(string folder)
    {
        var keys = new SettingKeys();
        foreach (var path in new[] { "tokenizer_config.json", "special_tokens_map.json" }
            .Select(name => Path.Combine(folder, name)).Where(File.Exists))
        {
            var root = JsonInput.Load(path, "tokenizer configuration");
            keys._files.Add((path, root.RequireObject($"tokenizer configuration '{path}'")));
        }

        return keys;
    }

    /// <summary>A token's text; null where no file names one.</summary>
    /// <exception cref="InvalidDataException">The value is no token.</exception>
    public string? Name(string key) =>
        // Early LLaMA conversions wrote empty names; the model's own pieces are meant.
        Values(key).Select(value => TokenOf(key, value.Path, value.Value)).FirstOrDefault(name => name.Length > 0);

    /// <summary>The texts of a list of tokens, of the first file that has one.</summary>
    /// <exception cref="InvalidDataException">The value is no list of tokens.</exception>
    public IReadOnlyList<string> Names(string key)
    {
        if (Values(key).FirstOrDefault() is not { Path: { } path } found)
        {
            return [];
        }

        return found.Value.ValueKind == JsonValueKind.Array
            ? [.. found.Value.EnumerateArray().Select(item => TokenOf(key, path, item))]
            : throw new InvalidDataException($"'{key}' in '{path}' is a JSON {found.Value.ValueKind}; expected a list");
    }

    /// <summary>A value as it is; a null one where no file has it.</summary>
    public TokenizerNode Node(string key) =>
        Values(key).Select(found => new TokenizerNode(found.Value, key, found.Path)).FirstOrDefault();

    /// <summary>A switch; null where no file has it.</summary>
    /// <exception cref="InvalidDataException">The value is neither true nor false.</exception>
    public bool? Flag(string key)
    {
        if (Values(key).FirstOrDefault() is not { Path: { } path } found)
        {
            return null;
        }

        return found.Value.ValueKind is JsonValueKind.True or JsonValueKind.False
            ? found.Value.GetBoolean()
            : throw new InvalidDataException($"'{key}' in '{path}' is {Excerpt.Of(found.Value)}; expected true or false");
    }

    private IEnumerable<(string Path, JsonElement Value)> Values(string key)
    {
        foreach (var (path, root) in _files)
        {
            if (root.TryGetProperty(key, out var value) && value.ValueKind != JsonValueKind.Null)
            {
                yield return (path, value);
            }
        }
    }

    // A token is written as its text, or as an object that also says how it takes spaces.
    private static string TokenOf(string key, string path, JsonElement value)
    {
        var content = value.ValueKind == JsonValueKind.Object && value.TryGetProperty("content", out var inner)
            ? inner
            : value;
        return content.ValueKind == JsonValueKind.String
            ? content.GetString()!
            : throw new InvalidDataException(
                $"'{key}' in '{path}' is a JSON {content.ValueKind}; expected text or an object with 'content'");
    }
}
