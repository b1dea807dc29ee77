using System.Text.Json;
using LoNas.Storage;
using LoNas.Text.TokenizerJson;

namespace LoNas.Text;

/// <summary>
/// The values in a tokenizer's configuration files. If several files have a key, the first file wins.
/// </summary>
internal sealed class SettingKeys
{
    private readonly List<(string Path, JsonElement Root)> _files = [];

    /// <exception cref="InvalidDataException">A file is not a JSON object.</exception>
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

    /// <summary>The text of a token; null if no file names it.</summary>
    /// <exception cref="InvalidDataException">The value is not a token.</exception>
    public string? Name(string key) =>
        // Early LLaMA conversions wrote empty names, which mean the model's own pieces.
        Values(key).Select(value => TokenOf(key, value.Path, value.Value)).FirstOrDefault(name => name.Length > 0);

    /// <summary>The texts of a list of tokens, from the first file that has the key; empty if none has it.</summary>
    /// <exception cref="InvalidDataException">The value is not a list of tokens.</exception>
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

    /// <summary>The raw value of a key; a null node if no file has it.</summary>
    public TokenizerNode Node(string key) =>
        Values(key).Select(found => new TokenizerNode(found.Value, key, found.Path)).FirstOrDefault();

    /// <summary>A boolean; null if no file has it.</summary>
    /// <exception cref="InvalidDataException">The value is neither true nor false.</exception>
    public bool? Flag(string key)
    {
        if (Values(key).FirstOrDefault() is not { Path: { } path } found)
        {
            return null;
        }

        return found.Value.ValueKind is JsonValueKind.True or JsonValueKind.False
            ? found.Value.GetBoolean()
            : throw new InvalidDataException(
                $"'{key}' in '{path}' is {Excerpt.Of(found.Value)}; expected true or false");
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

    // A token is written either as its text or as an object that also says how it treats spaces.
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
