using System.Globalization;
using System.Text.Json;
using System.Text.RegularExpressions;
using LoNas.Storage;

namespace LoNas.Weights;

/// <summary>The index of a sharded checkpoint, which says which file of the folder holds which tensor.</summary>
internal static partial class WeightIndex
{
    /// <summary>Reads the file name for each tensor name. All files are in the folder of the index.</summary>
    /// <exception cref="InvalidDataException">
    /// The index is damaged, or names files that are missing or in another folder.
    /// </exception>
    public static Dictionary<string, string> Load(string path)
    {
        var index = JsonInput.Load(path, "weight index").RequireObject($"weight index '{path}'");
        if (!index.TryGetProperty("weight_map", out var map) || map.ValueKind != JsonValueKind.Object)
        {
            throw new InvalidDataException(
                $"The weight index '{path}' has no object 'weight_map' of tensor names to files");
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

    /// <summary>
    /// The shards of a folder that has no index; none without shards. Their names say how many there are, so that they
    /// need none where all are there.
    /// </summary>
    /// <param name="folder">The folder.</param>
    /// <param name="file">The name of the whole file, such as <c>model.safetensors</c>.</param>
    /// <exception cref="InvalidDataException">Some shards are missing, or there are two sets of them.</exception>
    public static List<string> WithoutOne(string folder, string file)
    {
        var (name, end) = (Path.GetFileNameWithoutExtension(file), Path.GetExtension(file));
        var shards = Directory.EnumerateFiles(folder, $"{name}-*-of-*{end}").Select(path => Path.GetFileName(path))
            .Where(shard => ShardNumber().IsMatch(shard)).Order(StringComparer.Ordinal).ToList();
        var counts = shards.Select(shard => ShardNumber().Match(shard).Groups[1].Value).Distinct().ToArray();
        if (counts.Length == 0)
        {
            return shards;
        }

        int count = int.Parse(counts[0], CultureInfo.InvariantCulture);
        var missing = Enumerable.Range(1, count)
            .Select(number => string.Create(CultureInfo.InvariantCulture, $"{name}-{number:00000}-of-{counts[0]}{end}"))
            .Except(shards).ToArray();
        return counts.Length == 1 && missing.Length == 0 && shards.Count == count ? shards
            : throw new InvalidDataException(
                $"The model folder '{folder}' has {Excerpt.Of(shards)} but no index '{file}.index.json', and "
                + (counts.Length > 1 ? "they are of two checkpoints; leave one of them"
                    : $"not {Excerpt.Of(missing)}; get the rest of the checkpoint"));
    }

    /// <summary>
    /// Whether a name is a plain file name on every operating system, without a way out of its folder.
    /// </summary>
    public static bool IsFileName(string name) =>
        name.Length > 0 && name is not ("." or "..") && name.IndexOfAny(['/', '\\', ':', '\0']) < 0;

    private static Dictionary<string, string> Files(string path, JsonElement map)
    {
        var files = new Dictionary<string, string>(map.GetPropertyCount());
        var file = "";
        foreach (var entry in map.EnumerateObject())
        {
            // The tensors of a shard usually follow each other in the index, so they share one string.
            bool isSame = entry.Value.ValueKind == JsonValueKind.String && file.Length > 0
                && entry.Value.ValueEquals(file);
            file = isSame ? file : FileName(path, entry);
            if (!files.TryAdd(entry.Name, file))
            {
                throw new InvalidDataException(
                    $"The weight index '{path}' lists tensor '{Excerpt.Of(entry.Name)}' twice");
            }
        }

        return files;
    }

    /// <summary>A downloaded index must not reach files outside its folder.</summary>
    private static string FileName(string path, JsonProperty entry)
    {
        var name = entry.Value.ValueKind == JsonValueKind.String ? entry.Value.GetString()! : "";
        return IsFileName(name)
            ? name
            : throw new InvalidDataException(
                $"The weight index '{path}' sends '{Excerpt.Of(entry.Name)}' to {Excerpt.Of(entry.Value)}; "
                + "expected the name of a file in the same folder");
    }

    [GeneratedRegex(@"-\d{5}-of-(\d{5})\.")]
    private static partial Regex ShardNumber();
}
