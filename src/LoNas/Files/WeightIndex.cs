using System.Text.Json;

namespace LoNas.Files;

/// <summary>The index of a sharded checkpoint: which file of the same folder holds which tensor.</summary>
internal static class WeightIndex
{
    private const int MostShown = 12;

    /// <summary>The files by tensor name; each is in the index's folder.</summary>
    /// <exception cref="InvalidDataException">The index is damaged, or names files elsewhere or missing ones.</exception>
    public static Dictionary<string, string> Load(string path)
    {
        var index = JsonInput.Load(path, "weight index").RequireObject($"weight index '{path}'");
        if (!index.TryGetProperty("weight_map", out var map) || map.ValueKind != JsonValueKind.Object)
        {
            throw new InvalidDataException($"The weight index '{path}' has no object 'weight_map' of tensor names to files");
        }

        var files = Files(path, map);
        var folder = Path.GetDirectoryName(path)!;
        var missing = files.Values.Distinct().Order(StringComparer.Ordinal)
            .Where(file => !File.Exists(Path.Combine(folder, file))).ToArray();
        return missing.Length == 0
            ? files
            : throw new InvalidDataException(
                $"The weight index '{path}' names {missing.Length} files that are not beside it: "
                + $"{string.Join(", ", missing.Take(MostShown))}; get the rest of the checkpoint");
    }

    private static Dictionary<string, string> Files(string path, JsonElement map)
    {
        var files = new Dictionary<string, string>();
        foreach (var entry in map.EnumerateObject())
        {
            if (!files.TryAdd(entry.Name, FileName(path, entry)))
            {
                throw new InvalidDataException($"The weight index '{path}' lists tensor '{entry.Name}' twice");
            }
        }

        return files;
    }

    /// <summary>An index from elsewhere must not reach files outside its folder, on any system.</summary>
    private static string FileName(string path, JsonProperty entry)
    {
        var name = entry.Value.ValueKind == JsonValueKind.String ? entry.Value.GetString()! : "";
        return name.Length > 0 && name is not ("." or "..") && name.IndexOfAny(['/', '\\', ':', '\0']) < 0
            ? name
            : throw new InvalidDataException(
                $"The weight index '{path}' sends '{entry.Name}' to {entry.Value.GetRawText()}; expected the name of a "
                + "file in the same folder");
    }
}
