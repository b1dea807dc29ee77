using LoNas.Storage;
using static TorchSharp.torch;

namespace LoNas.Weights;

/// <summary>
/// A state dict written by <c>torch.save</c> (<c>pytorch_model.bin</c>). Its tensors are views of the memory-mapped
/// file, as with safetensors. Nothing in the file is executed: a pickle that contains more than tensors is refused.
/// </summary>
public sealed class TorchFile : IWeightFile
{
    private readonly Dictionary<string, TorchEntry> _entries;
    private readonly MappedFile _data;

    private TorchFile(string path, Dictionary<string, TorchEntry> entries)
    {
        _data = new MappedFile(path, entries.Values.Select(entry => entry.End).DefaultIfEmpty().Max());
        _entries = entries;
    }

    /// <inheritdoc/>
    public IReadOnlyCollection<string> Names => _entries.Keys;

    /// <summary>Opens a file and checks the descriptions of all its tensors.</summary>
    /// <exception cref="InvalidDataException">
    /// The file is missing, truncated or damaged, or contains more than tensors.
    /// </exception>
    public static TorchFile Open(string path) => new(path, InputPath.Read(path, "PyTorch file", TorchArchive.Read));

    /// <inheritdoc/>
    public IReadOnlyList<long> ShapeOf(string name) => _entries[name].Shape;

    /// <inheritdoc/>
    public ScalarType TypeOf(string name) => _entries[name].DType;

    /// <inheritdoc/>
    public Tensor Load(string name)
    {
        var entry = _entries[name];
        return TensorShape.IsContiguous(entry.Shape, entry.Strides)
            ? _data.View(entry.DType, entry.Start, entry.Shape)
            : _data.View(entry.DType, entry.Start, entry.Span, entry.Shape, entry.Strides);
    }

    /// <inheritdoc/>
    public void Dispose() => _data.Dispose();
}
