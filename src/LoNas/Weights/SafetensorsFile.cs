using LoNas.Storage;
using static TorchSharp.torch;

namespace LoNas.Weights;

/// <summary>
/// A safetensors file whose tensors are views of the mapped file: opening copies nothing and the system brings pages in
/// as they are used. The views are private: writing to one changes neither the file nor another process's view.
/// </summary>
public sealed class SafetensorsFile : IWeightFile
{
    private readonly Dictionary<string, SafetensorsEntry> _entries;
    private readonly MappedFile _data;

    private SafetensorsFile(string path, Dictionary<string, SafetensorsEntry> entries)
    {
        _data = new MappedFile(path);
        _entries = entries;
    }

    /// <inheritdoc/>
    public IReadOnlyCollection<string> Names => _entries.Keys;

    /// <summary>Opens a file and checks its whole header.</summary>
    /// <exception cref="InvalidDataException">The file is missing, truncated or damaged.</exception>
    public static SafetensorsFile Open(string path) =>
        new(path, InputPath.Read(path, "safetensors file", SafetensorsHeader.Read));

    /// <inheritdoc/>
    public IReadOnlyList<long> ShapeOf(string name) => _entries[name].Shape;

    /// <inheritdoc/>
    public ScalarType TypeOf(string name) => _entries[name].DType;

    /// <inheritdoc/>
    public Tensor Load(string name)
    {
        var entry = _entries[name];
        return _data.View(entry.DType, entry.Start, entry.Shape);
    }

    /// <inheritdoc/>
    public void Dispose() => _data.Dispose();
}
