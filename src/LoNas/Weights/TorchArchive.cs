using LoNas.Storage;
using static TorchSharp.torch;

namespace LoNas.Weights;

/// <summary>
/// One tensor of a PyTorch archive. Start is the position of its first element in bytes from the start of the file,
/// Span the number of elements from its first to its last.
/// </summary>
internal sealed record TorchEntry(ScalarType DType, long[] Shape, long[] Strides, long Start, long Span)
{
    /// <summary>The place behind its last element.</summary>
    public long End => Start + (Span * SafetensorsTypes.SizeOf(DType));
}

/// <summary>
/// Reads and checks the descriptions of the tensors in a PyTorch archive, not the elements. The archive is a ZIP file
/// in which <c>{prefix}/data.pkl</c> describes the tensors and each <c>{prefix}/data/{key}</c> holds elements.
/// </summary>
internal static class TorchArchive
{
    private const string PickleName = "data.pkl";
    private const long LongestPickle = 100_000_000;

    public static Dictionary<string, TorchEntry> Read(string path)
    {
        using var stream = new FileStream(path, FileMode.Open, FileAccess.Read, FileShare.ReadWrite | FileShare.Delete);
        try
        {
            RefuseLegacy(stream);
            var archive = ZipDirectory.Read(stream).Entries;
            var prefix = Prefix(archive.Keys);
            RefuseBigEndian(stream, archive, prefix);
            var pickle = ReadEntry(stream, archive[prefix + PickleName]);
            return Tensors(PickleMachine.Load(pickle, stream.Length), archive, prefix);
        }
        catch (InvalidDataException error)
        {
            throw new InvalidDataException($"The PyTorch file '{path}' can't be used: {error.Message}", error);
        }
    }

    private static Dictionary<string, TorchEntry> Tensors(
        object? root, Dictionary<string, (long Start, long Length)> archive, string prefix)
    {
        if (root is not PickleDict dict)
        {
            throw new InvalidDataException("it holds no dictionary of tensors; expected a saved state dict");
        }

        var entries = new Dictionary<string, TorchEntry>();
        foreach (var (key, value) in dict.Items)
        {
            if (key is not string name || value is not TorchTensor tensor)
            {
                throw new InvalidDataException(
                    $"its '{Excerpt.Of($"{key}")}' is no tensor; expected a plain state dict");
            }

            entries.Add(name, Locate(name, tensor, archive, prefix));
        }

        return entries;
    }

    private static TorchEntry Locate(
        string name, TorchTensor tensor, Dictionary<string, (long Start, long Length)> archive, string prefix)
    {
        var storage = tensor.Storage;
        int size = SafetensorsTypes.SizeOf(storage.DType);
        if (!archive.TryGetValue($"{prefix}data/{storage.Key}", out var place))
        {
            throw new InvalidDataException(
                $"tensor '{Excerpt.Of(name)}' is in its entry 'data/{Excerpt.Of(storage.Key)}', which is not there");
        }

        if (storage.Count < 0 || storage.Count > place.Length / size)
        {
            throw new InvalidDataException(
                $"tensor '{Excerpt.Of(name)}' claims a storage of {storage.Count} elements of {size} bytes; its entry "
                + $"has {place.Length} bytes");
        }

        var (shape, strides) = (tensor.Shape, tensor.Strides);
        // A tensor with more elements than its storage would be an expanded view, which a conversion would have to
        // write out.
        if (shape.Length != strides.Length || !TensorShape.IsPossible(shape) || TensorShape.Count(shape) > storage.Count
            || TensorShape.Span(shape, strides) is not { } span
            || tensor.Offset < 0 || tensor.Offset > storage.Count - span)
        {
            throw new InvalidDataException(
                $"tensor '{Excerpt.Of(name)}' of shape [{string.Join(", ", shape.Take(16))}] and strides "
                + $"[{string.Join(", ", strides.Take(16))}] from element {tensor.Offset} on reaches outside its "
                + $"storage of {storage.Count} elements");
        }

        return new TorchEntry(storage.DType, shape, strides, place.Start + (tensor.Offset * size), span);
    }

    private static string Prefix(IEnumerable<string> names)
    {
        var found = names
            .Where(name => name == PickleName || name.EndsWith($"/{PickleName}", StringComparison.Ordinal)).ToArray();
        return found.Length == 1
            ? found[0][..^PickleName.Length]
            : throw new InvalidDataException(
                $"it holds {found.Length} entries named {PickleName}; expected one, as torch.save writes");
    }

    private static void RefuseBigEndian(
        Stream stream, Dictionary<string, (long Start, long Length)> archive, string prefix)
    {
        if (archive.TryGetValue($"{prefix}byteorder", out var place) && place.Length == 3
            && ReadEntry(stream, place).AsSpan().SequenceEqual("big"u8))
        {
            throw new InvalidDataException(
                "its elements are big-endian; expected little-endian, as almost all machines write");
        }
    }

    private static void RefuseLegacy(Stream stream)
    {
        // Before PyTorch 1.6, torch.save wrote bare pickles, which start with a magic number.
        Span<byte> start = stackalloc byte[4];
        if (stream.ReadAtLeast(start, 4, throwOnEndOfStream: false) == 4
            && start.SequenceEqual((byte[])[0x80, 2, 0x8a, 10]))
        {
            throw new InvalidDataException(
                "it is in the format from before PyTorch 1.6; load it there and save it again, or get safetensors");
        }
    }

    private static byte[] ReadEntry(Stream stream, (long Start, long Length) place)
    {
        if (place.Length > LongestPickle)
        {
            throw new InvalidDataException(
                $"its {PickleName} has {place.Length} bytes; expected at most {LongestPickle}");
        }

        var bytes = new byte[place.Length];
        stream.Position = place.Start;
        stream.ReadExactly(bytes);
        return bytes;
    }
}
