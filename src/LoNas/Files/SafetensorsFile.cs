using static TorchSharp.torch;

namespace LoNas.Files;

/// <summary>
/// A safetensors file whose tensors are views of the mapped file: opening copies nothing and the system brings pages in
/// as they are used. The views are private: writing to one changes neither the file nor another process's view.
/// </summary>
public sealed class SafetensorsFile : IDisposable
{
    private readonly string _path;
    private readonly Dictionary<string, SafetensorsEntry> _entries;
    private readonly Dictionary<ScalarType, Tensor> _maps = [];

    private SafetensorsFile(string path, Dictionary<string, SafetensorsEntry> entries)
    {
        _path = path;
        _entries = entries;
    }

    /// <summary>The tensors' names.</summary>
    public IReadOnlyCollection<string> Names => _entries.Keys;

    /// <summary>Opens a file and checks its whole header.</summary>
    /// <exception cref="InvalidDataException">The file is missing, truncated or damaged.</exception>
    public static SafetensorsFile Open(string path) =>
        new(path, InputPath.Read(path, "safetensors file", SafetensorsHeader.Read));

    /// <summary>The shape of a tensor.</summary>
    public IReadOnlyList<long> ShapeOf(string name) => _entries[name].Shape;

    /// <summary>The element type of a tensor.</summary>
    public ScalarType TypeOf(string name) => _entries[name].DType;

    /// <summary>A tensor that reads the mapped file; the caller owns it, and it stays valid after this is disposed.</summary>
    public Tensor Load(string name)
    {
        var entry = _entries[name];
        int size = SafetensorsTypes.SizeOf(entry.DType);
        // libtorch maps whole elements from the file's start: a tensor off that grid is copied instead.
        if (entry.Count == 0 || entry.Start % size != 0)
        {
            return Copy(entry);
        }

        using var flat = Map(entry.DType).narrow(0, entry.Start / size, entry.Count);
        return flat.view(entry.Shape);
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        foreach (var map in _maps.Values)
        {
            map.Dispose();
        }

        _maps.Clear();
    }

    private Tensor Map(ScalarType type)
    {
        if (!_maps.TryGetValue(type, out var map))
        {
            long elements = new FileInfo(_path).Length / SafetensorsTypes.SizeOf(type);
            map = from_file(_path, shared: false, elements, type).DetachFromDisposeScope();
            _maps.Add(type, map);
        }

        return map;
    }

    private Tensor Copy(SafetensorsEntry entry)
    {
        var tensor = empty(entry.Shape, entry.DType);
        using var stream = new FileStream(_path, FileMode.Open, FileAccess.Read, FileShare.ReadWrite | FileShare.Delete);
        stream.Position = entry.Start;
        stream.ReadExactly(tensor.bytes);
        return tensor;
    }
}
