using LoNas.Storage;
using static TorchSharp.torch;

namespace LoNas.Weights;

/// <summary>
/// A file of named tensors that are mapped into memory instead of copied: safetensors or a PyTorch archive.
/// </summary>
public interface IWeightFile : IDisposable
{
    /// <summary>The tensors' names.</summary>
    IReadOnlyCollection<string> Names { get; }

    /// <summary>The shape of a tensor.</summary>
    IReadOnlyList<long> ShapeOf(string name);

    /// <summary>The element type of a tensor.</summary>
    ScalarType TypeOf(string name);

    /// <summary>
    /// Loads a tensor as a view of the mapped file. The caller owns it; it stays valid after the file is disposed.
    /// </summary>
    Tensor Load(string name);
}

/// <summary>
/// All weights of a Hugging Face folder: a single file or shards with an index, in safetensors format or, if there is
/// none, in PyTorch's format.
/// </summary>
public sealed class WeightFolder : IDisposable
{
    // In Transformers' order of preference: safetensors first, and a single file before an index.
    private static readonly (string File, Func<string, IWeightFile> Open)[] Formats =
    [
        ("model.safetensors", SafetensorsFile.Open),
        ("pytorch_model.bin", TorchFile.Open),
    ];

    private readonly Dictionary<string, IWeightFile> _owners = [];
    private readonly List<IWeightFile> _files = [];
    private readonly Func<string, IWeightFile> _open;
    private WrappedNames? _wrapped;

    private WeightFolder(string path, Func<string, IWeightFile> open) => (Path, _open) = (path, open);

    /// <summary>The folder.</summary>
    public string Path { get; }

    /// <summary>The tensors' names.</summary>
    public IReadOnlyCollection<string> Names => _owners.Keys;

    /// <summary>The file that an index has each tensor in; empty without an index.</summary>
    internal IReadOnlyDictionary<string, string> Indexed { get; private set; } = new Dictionary<string, string>();

    /// <summary>Opens a folder's weights and checks every header and the index. Reads no elements.</summary>
    /// <exception cref="InvalidDataException">The folder has no weights, or a file is missing or damaged.</exception>
    public static WeightFolder Open(string path)
    {
        InputPath.RequireFolder(path, "model");
        foreach (var (file, open) in Formats)
        {
            var index = $"{file}.index.json";
            if (File.Exists(System.IO.Path.Combine(path, file)))
            {
                return Fill(new WeightFolder(path, open), folder => folder.AddFile(file));
            }

            if (File.Exists(System.IO.Path.Combine(path, index)))
            {
                return Fill(new WeightFolder(path, open), folder => folder.AddShards(index));
            }
        }

        foreach (var (file, open) in Formats)
        {
            if (WeightIndex.WithoutOne(path, file) is { Count: > 0 } shards)
            {
                return Fill(new WeightFolder(path, open), folder => shards.ForEach(folder.AddFile));
            }
        }

        throw FolderGuide.NoWeights(
            path, Formats.SelectMany(format => new[] { format.File, $"{format.File}.index.json" }));
    }

    /// <summary>Wraps a single file that is not part of a model folder. Disposing this disposes the file.</summary>
    internal static WeightFolder Of(string path, IWeightFile file) => Fill(
        new WeightFolder(System.IO.Path.GetDirectoryName(path) ?? "", _ => file),
        folder => folder.AddFile(System.IO.Path.GetFileName(path)));

    /// <summary>Whether there is a tensor with this name.</summary>
    public bool Contains(string name) => _owners.ContainsKey(name);

    /// <summary>
    /// The name that this tensor of a model has here: with or without the name of the model's body in front, with what
    /// training tools wrap around names, and with one start or end that all names share. Null where there is none.
    /// </summary>
    /// <exception cref="InvalidDataException">Two names mean the same tensor.</exception>
    public string? Find(string name) => WeightNames.Find(name, Contains)
        ?? (_wrapped ??= new WrappedNames(Names)).Find(name);

    /// <summary>The shape of a tensor.</summary>
    public IReadOnlyList<long> ShapeOf(string name) => _owners[name].ShapeOf(name);

    /// <summary>The element type of a tensor.</summary>
    public ScalarType TypeOf(string name) => _owners[name].TypeOf(name);

    /// <summary>Loads a tensor as a view of the mapped file, owned by the caller.</summary>
    public Tensor Load(string name) => _owners[name].Load(name);

    /// <inheritdoc/>
    public void Dispose() => _files.ForEach(file => file.Dispose());

    private static WeightFolder Fill(WeightFolder folder, Action<WeightFolder> add)
    {
        try
        {
            add(folder);
            return folder;
        }
        catch
        {
            folder.Dispose();
            throw;
        }
    }

    private void AddShards(string indexFile)
    {
        var path = System.IO.Path.Combine(Path, indexFile);
        // Old conversions index buffers that no file holds; a tensor that is needed is missed when it is asked for.
        Indexed = WeightIndex.Load(path);
        foreach (var shard in Indexed.Values.Distinct().Order(StringComparer.Ordinal))
        {
            AddFile(shard);
        }
    }

    private void AddFile(string name)
    {
        var file = _open(System.IO.Path.Combine(Path, name));
        _files.Add(file);
        foreach (var tensor in file.Names)
        {
            if (!_owners.TryAdd(tensor, file))
            {
                throw new InvalidDataException(
                    $"Tensor '{Excerpt.Of(tensor)}' is in more than one file of '{Path}', again in '{name}'");
            }
        }
    }
}
