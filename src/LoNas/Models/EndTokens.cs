using System.Text.Json;
using LoNas.Storage;

namespace LoNas.Models;

/// <summary>Reads <c>eos_token_id</c>, which is one token or a list of them.</summary>
internal static class EndTokens
{
    private const string Key = "eos_token_id";
    private const string GenerationFile = "generation_config.json";

    /// <summary>The tokens of a model folder; empty where none is named.</summary>
    /// <exception cref="InvalidDataException">They are no tokens.</exception>
    public static IReadOnlyList<int> Read(string folder, JsonElement config, string origin)
    {
        var path = Path.Combine(folder, GenerationFile);
        if (File.Exists(path))
        {
            var place = $"generation configuration '{path}'";
            var own = Of(JsonInput.Load(path, "generation configuration").RequireObject(place), place);
            if (own.Count > 0)
            {
                return own;
            }
        }

        return Of(config, origin);
    }

    private static IReadOnlyList<int> Of(JsonElement json, string origin)
    {
        if (!json.TryGetProperty(Key, out var value) || value.ValueKind == JsonValueKind.Null)
        {
            return [];
        }

        JsonElement[] ids = value.ValueKind == JsonValueKind.Array ? [.. value.EnumerateArray()] : [value];
        return [.. ids.Select(id => id.ValueKind == JsonValueKind.Number && id.TryGetInt32(out int token) && token >= 0
            ? token
            : throw new InvalidDataException(
                $"The {origin} has {Excerpt.Of(value)} as {Key}; expected a token's number or a list of them"))];
    }
}
