using System.Text.Json;
using LoNas.Storage;

namespace LoNas.Weights;

/// <summary>The index of a sharded checkpoint: which file of the same folder holds which tensor.</summary>
internal static class WeightIndex
{
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
                + $"{Excerpt.Of(missing)}; get the rest of the checkpoint");
    }

    /// <summary>Whether a name stays in its folder, on any system.</summary>
    public static bool IsFileName(string name) =>
        name.Length > 0 && name is not ("." or "..") && name.IndexOfAny(['/', '\\', ':', '\0']) < 0;

    private static Dictionary<string, string> Files(string path, JsonElement map)
    {
        var files = new Dictionary<string, string>(map.GetPropertyCount());
        var file = "";
        foreach (var entry in map.EnumerateObject())
        {
            // A shard's tensors follow each other: they share one text.
            bool isSame = entry.Value.ValueKind == JsonValueKind.String && file.Length > 0 && entry.Value.ValueEquals(file);
            file = isSame ? file : FileName(path, entry);
            if (!files.TryAdd(entry.Name, file))
            {
                throw new InvalidDataException($"The weight index '{path}' lists tensor '{Excerpt.Of(entry.Name)}' twice");
            }
        }

        return files;
    }

    /// <summary>An index from elsewhere must not reach files outside its folder.</summary>
    private static string FileName(string path, JsonProperty entry)
    {
        var name = entry.Value.ValueKind == JsonValueKind.String ? entry.Value.GetString()! : "";
        return IsFileName(name)
            ? name
            : throw new InvalidDataException(
                $"The weight index '{path}' sends '{Excerpt.Of(entry.Name)}' to {Excerpt.Of(entry.Value)}; expected the name of a "
                + "file in the same folder");
    }
}
