using System.Text.Json;
using LoNas.Files;

namespace LoNas.Text;

/// <summary>
/// What <c>tokenizer_config.json</c> says, completed by <c>special_tokens_map.json</c> and then by LLaMA's defaults;
/// both files may be missing.
/// </summary>
internal sealed record TokenizerSettings
{
    public string BosToken { get; init; } = "<s>";

    public string EosToken { get; init; } = "</s>";

    public string UnkToken { get; init; } = "<unk>";

    /// <summary>Null where none is named: LLaMA has no padding token of its own.</summary>
    public string? PadToken { get; init; }

    public bool AddBos { get; init; } = true;

    public bool AddEos { get; init; }

    /// <exception cref="InvalidDataException">A file is no JSON object, or a value has the wrong type.</exception>
    public static TokenizerSettings Load(string folder)
    {
        var files = new[] { "tokenizer_config.json", "special_tokens_map.json" }
            .Select(name => Path.Combine(folder, name))
            .Where(File.Exists)
            .Select(path => (path, JsonInput.Load(path, "tokenizer configuration")
                .RequireObject($"tokenizer configuration '{path}'")))
            .ToList();
        var defaults = new TokenizerSettings();
        return new TokenizerSettings
        {
            BosToken = Name(files, "bos_token") ?? defaults.BosToken,
            EosToken = Name(files, "eos_token") ?? defaults.EosToken,
            UnkToken = Name(files, "unk_token") ?? defaults.UnkToken,
            PadToken = Name(files, "pad_token"),
            AddBos = Flag(files, "add_bos_token") ?? defaults.AddBos,
            AddEos = Flag(files, "add_eos_token") ?? defaults.AddEos,
        };
    }

    private static string? Name(IEnumerable<(string Path, JsonElement Root)> files, string key)
    {
        foreach (var (path, root) in files)
        {
            if (!root.TryGetProperty(key, out var value) || value.ValueKind == JsonValueKind.Null)
            {
                continue;
            }

            // A token is written as its text, or as an object that also says how it takes spaces.
            var content = value.ValueKind == JsonValueKind.Object && value.TryGetProperty("content", out var inner)
                ? inner
                : value;
            if (content.ValueKind != JsonValueKind.String)
            {
                throw new InvalidDataException(
                    $"'{key}' in '{path}' is a JSON {value.ValueKind}; expected text or an object with 'content'");
            }

            // Early LLaMA conversions wrote empty names; the model's own pieces are meant.
            if (content.GetString() is { Length: > 0 } name)
            {
                return name;
            }
        }

        return null;
    }

    private static bool? Flag(IEnumerable<(string Path, JsonElement Root)> files, string key)
    {
        foreach (var (path, root) in files)
        {
            if (root.TryGetProperty(key, out var value) && value.ValueKind != JsonValueKind.Null)
            {
                return value.ValueKind is JsonValueKind.True or JsonValueKind.False
                    ? value.GetBoolean()
                    : throw new InvalidDataException($"'{key}' in '{path}' is {value}; expected true or false");
            }
        }

        return null;
    }
}
