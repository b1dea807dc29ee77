using System.Runtime.InteropServices;
using LoNas.Runtime;
using static TorchSharp.torch;

namespace LoNas.Weights;

/// <summary>
/// Tensors as views of a memory-mapped file: nothing is copied, and the operating system loads pages when they are
/// used. The mapping is private: writing to a view changes neither the file nor another process's view.
/// </summary>
/// <param name="path">The file.</param>
/// <param name="needed">The bytes that its header announced when it was opened.</param>
internal sealed class MappedFile(string path, long needed = 0) : IDisposable
{
    private readonly Dictionary<ScalarType, Tensor> _maps = [];

    /// <summary>
    /// A contiguous tensor whose first element is at byte <paramref name="start"/> of the file; owned by the caller.
    /// </summary>
    public Tensor View(ScalarType type, long start, long[] shape)
    {
        TorchRuntime.Require();
        int size = SafetensorsTypes.SizeOf(type);
        long count = TensorShape.Count(shape);
        // libtorch maps whole elements from the start of the file, so a tensor that is not aligned to its element size
        // is copied.
        if (count == 0 || start % size != 0)
        {
            return Copy(type, start, shape);
        }

        using var flat = Map(type).narrow(0, start / size, count);
        return flat.view(shape);
    }

    /// <summary>
    /// A tensor with any strides. <paramref name="span"/> is the number of elements from its first to its last.
    /// </summary>
    public Tensor View(ScalarType type, long start, long span, long[] shape, long[] strides)
    {
        using var flat = View(type, start, [span]);
        return flat.as_strided(shape, strides, flat.storage_offset());
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
            long elements = FileLength() / SafetensorsTypes.SizeOf(type);
            try
            {
                map = from_file(path, shared: false, elements, type).DetachFromDisposeScope();
            }
            catch (ExternalException error)
            {
                throw new InvalidDataException(
                    $"The weights '{path}' can't be mapped: {error.Message.Split('\n')[0]}", error);
            }

            _maps.Add(type, map);
        }

        return map;
    }

    /// <summary>
    /// The length of the file itself. FileInfo would give the length of a symbolic link, and the hub's cache consists
    /// of links.
    /// </summary>
    /// <exception cref="InvalidDataException">
    /// It became shorter since its header was read: using the mapping would end the process.
    /// </exception>
    private long FileLength()
    {
        using var stream = new FileStream(path, FileMode.Open, FileAccess.Read, FileShare.ReadWrite | FileShare.Delete);
        return stream.Length >= needed ? stream.Length
            : throw new InvalidDataException(
                $"The weights '{path}' became shorter while they were in use: {stream.Length} bytes, and their header "
                + $"announces {needed}; let no other program write to them, and get them again");
    }

    private Tensor Copy(ScalarType type, long start, long[] shape)
    {
        // No library writes so large a tensor unaligned to its element size.
        if (TensorShape.Count(shape) * SafetensorsTypes.SizeOf(type) > int.MaxValue)
        {
            throw new InvalidDataException(
                $"The weights '{path}' hold a tensor of over 2 GiB at byte {start}, which is no multiple of its "
                + "element's size; save them again");
        }

        _ = FileLength();
        var tensor = empty(shape, type);
        using var stream = new FileStream(path, FileMode.Open, FileAccess.Read, FileShare.ReadWrite | FileShare.Delete);
        stream.Position = start;
        stream.ReadExactly(tensor.bytes);
        return tensor;
    }
}
