using System.Runtime.InteropServices;
using LoNas.Runtime;
using static TorchSharp.torch;

namespace LoNas.Weights;

/// <summary>
/// Tensors as views of a mapped file: nothing is copied, and the system brings pages in as they are used. The views are
/// private: writing to one changes neither the file nor another process's view.
/// </summary>
internal sealed class MappedFile(string path) : IDisposable
{
    private readonly Dictionary<ScalarType, Tensor> _maps = [];

    /// <summary>A contiguous tensor whose first element is at byte <paramref name="start"/>; owned by the caller.</summary>
    public Tensor View(ScalarType type, long start, long[] shape)
    {
        TorchRuntime.Require();
        int size = SafetensorsTypes.SizeOf(type);
        long count = TensorShape.Count(shape);
        // libtorch maps whole elements from the file's start: a tensor off that grid is copied instead.
        if (count == 0 || start % size != 0)
        {
            return Copy(type, start, shape);
        }

        using var flat = Map(type).narrow(0, start / size, count);
        return flat.view(shape);
    }

    /// <summary>A tensor whose rows are not one after another; <paramref name="span"/> elements hold it.</summary>
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
                throw new InvalidDataException($"The weights '{path}' can't be mapped: {error.Message}", error);
            }

            _maps.Add(type, map);
        }

        return map;
    }

    /// <summary>Of the file itself: a FileInfo gives the length of a link, which is what the hub's cache holds.</summary>
    private long FileLength()
    {
        using var stream = new FileStream(path, FileMode.Open, FileAccess.Read, FileShare.ReadWrite | FileShare.Delete);
        return stream.Length;
    }

    private Tensor Copy(ScalarType type, long start, long[] shape)
    {
        // Only a file that no library wrote has so large a tensor off the grid of its own elements.
        if (TensorShape.Count(shape) * SafetensorsTypes.SizeOf(type) > int.MaxValue)
        {
            throw new InvalidDataException(
                $"The weights '{path}' hold a tensor of over 2 GiB at byte {start}, which is no multiple of its element's "
                + "size; save them again");
        }

        var tensor = empty(shape, type);
        using var stream = new FileStream(path, FileMode.Open, FileAccess.Read, FileShare.ReadWrite | FileShare.Delete);
        stream.Position = start;
        stream.ReadExactly(tensor.bytes);
        return tensor;
    }
}
