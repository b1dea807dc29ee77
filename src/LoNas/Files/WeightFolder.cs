using System.Text.Json;
using static TorchSharp.torch;

namespace LoNas.Files;

/// <summary>All weights of a Hugging Face folder: one safetensors file, or shards with their index.</summary>
public sealed class WeightFolder : IDisposable
{
    private const string SingleFile = "model.safetensors";
    private const string IndexFile = "model.safetensors.index.json";

    private readonly Dictionary<string, SafetensorsFile> _owners = [];
    private readonly List<SafetensorsFile> _files = [];

    private WeightFolder(string path) => Path = path;

    /// <summary>The folder.</summary>
    public string Path { get; }

    /// <summary>The tensors' names.</summary>
    public IReadOnlyCollection<string> Names => _owners.Keys;

    /// <summary>Opens a folder's weights and checks every header and the index.</summary>
    /// <exception cref="InvalidDataException">Nothing to load, or a file is missing or damaged.</exception>
    public static WeightFolder Open(string path)
    {
        InputPath.RequireFolder(path, "model");
        var folder = new WeightFolder(path);
        try
        {
            if (File.Exists(System.IO.Path.Combine(path, IndexFile)))
            {
                folder.AddShards();
            }
            else if (File.Exists(System.IO.Path.Combine(path, SingleFile)))
            {
                folder.AddFile(SingleFile);
            }
            else
            {
                throw new InvalidDataException(
                    $"The model folder '{path}' holds neither {SingleFile} nor {IndexFile}; expected weights in the "
                    + "safetensors format");
            }

            return folder;
        }
        catch
        {
            folder.Dispose();
            throw;
        }
    }

    /// <summary>Whether there is a tensor of this name.</summary>
    public bool Contains(string name) => _owners.ContainsKey(name);

    /// <summary>The shape of a tensor.</summary>
    public IReadOnlyList<long> ShapeOf(string name) => _owners[name].ShapeOf(name);

    /// <summary>The element type of a tensor.</summary>
    public ScalarType TypeOf(string name) => _owners[name].TypeOf(name);

    /// <summary>A view of the mapped tensor, owned by the caller.</summary>
    public Tensor Load(string name) => _owners[name].Load(name);

    /// <inheritdoc/>
    public void Dispose() => _files.ForEach(file => file.Dispose());

    private void AddShards()
    {
        var path = System.IO.Path.Combine(Path, IndexFile);
        var index = JsonInput.Load(path, "weight index").RequireObject($"weight index '{path}'");
        if (!index.TryGetProperty("weight_map", out var map) || map.ValueKind != JsonValueKind.Object)
        {
            throw new InvalidDataException($"The weight index '{path}' has no object 'weight_map' of tensor names to files");
        }

        var wanted = map.EnumerateObject().ToDictionary(entry => entry.Name, entry => ShardName(path, entry));
        foreach (var shard in wanted.Values.Distinct().Order(StringComparer.Ordinal))
        {
            AddFile(shard);
        }

        var missing = wanted.Where(entry => !_owners.ContainsKey(entry.Key)).ToArray();
        if (missing.Length > 0)
        {
            throw new InvalidDataException(
                $"The weight index '{path}' names {missing.Length} tensors that their files do not hold, first "
                + $"'{missing[0].Key}' in '{missing[0].Value}'; the index and the shards do not belong together");
        }
    }

    private static string ShardName(string index, JsonProperty entry)
    {
        var name = entry.Value.ValueKind == JsonValueKind.String ? entry.Value.GetString()! : "";
        return name.Length > 0 && name == System.IO.Path.GetFileName(name) && name is not ("." or "..")
            ? name
            : throw new InvalidDataException(
                $"The weight index '{index}' sends '{entry.Name}' to {entry.Value.GetRawText()}; expected the name of a "
                + "file in the same folder");
    }

    private void AddFile(string name)
    {
        var file = SafetensorsFile.Open(System.IO.Path.Combine(Path, name));
        _files.Add(file);
        foreach (var tensor in file.Names)
        {
            if (!_owners.TryAdd(tensor, file))
            {
                throw new InvalidDataException($"Tensor '{tensor}' is in more than one file of '{Path}', again in '{name}'");
            }
        }
    }
}
