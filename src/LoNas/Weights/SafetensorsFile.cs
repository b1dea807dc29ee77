using LoNas.Storage;
using static TorchSharp.torch;

namespace LoNas.Weights;

/// <summary>
/// A safetensors file whose tensors are views of the memory-mapped file: opening copies nothing, and the operating
/// system loads pages when they are used. The mapping is private: writing to a view changes neither the file nor
/// another process's view.
/// </summary>
public sealed class SafetensorsFile : IWeightFile
{
    private readonly Dictionary<string, SafetensorsEntry> _entries;
    private readonly MappedFile _data;

    private SafetensorsFile(string path, Dictionary<string, SafetensorsEntry> entries)
    {
        _data = new MappedFile(path, entries.Values.Select(entry => entry.End).DefaultIfEmpty().Max());
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

/// <summary>The element types of safetensors that libtorch has as well, and their sizes in bytes.</summary>
internal static class SafetensorsTypes
{
    private static readonly (string Name, ScalarType Type, int Size)[] Rows =
    [
        ("F64", ScalarType.Float64, 8),
        ("F32", ScalarType.Float32, 4),
        ("F16", ScalarType.Float16, 2),
        ("BF16", ScalarType.BFloat16, 2),
        ("I64", ScalarType.Int64, 8),
        ("I32", ScalarType.Int32, 4),
        ("I16", ScalarType.Int16, 2),
        ("I8", ScalarType.Int8, 1),
        ("U8", ScalarType.Byte, 1),
        ("BOOL", ScalarType.Bool, 1),
    ];

    public static string AllNames => string.Join(", ", Rows.Select(row => row.Name));

    public static ScalarType? Find(string name) => Rows.Where(row => row.Name == name)
        .Select(row => (ScalarType?)row.Type).FirstOrDefault();

    public static string NameOf(ScalarType type) => Rows.FirstOrDefault(row => row.Type == type).Name
        ?? throw new ArgumentException($"A tensor of type {type} can't be written as safetensors; expected {AllNames}");

    public static int SizeOf(ScalarType type) => Rows.First(row => row.Type == type).Size;
}
