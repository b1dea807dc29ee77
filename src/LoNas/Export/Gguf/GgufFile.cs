using LoNas.Storage;
using LoNas.Weights;
using static TorchSharp.torch;

namespace LoNas.Export.Gguf;

/// <summary>Reads a file of <see cref="GgufWriter"/>: the list of tensors, and each tensor as floating point.</summary>
internal sealed class GgufFile : IDisposable
{
    private const int Alignment = 32;
    private const uint Magic = 0x46554747;
    private const uint Version = 3;
    private const uint StringKind = 8;
    private const uint MostDimensions = 4;

    // The smallest descriptions. Tensor: length of the name, number of dimensions, type, offset. Key: length, kind and
    // a value of one byte.
    private const int SmallestTensor = 24;
    private const int SmallestKey = 13;

    private readonly Dictionary<string, (GgufType Type, long[] Shape, long Start)> _tensors = [];
    private readonly MappedFile _data;

    private GgufFile(string path) => _data = new MappedFile(path);

    public IReadOnlyCollection<string> Names => _tensors.Keys;

    /// <summary>Opens a file and checks the descriptions of all its tensors.</summary>
    /// <exception cref="InvalidDataException">The file is missing, truncated or damaged.</exception>
    public static GgufFile Open(string path)
    {
        var file = new GgufFile(path);
        using var reader = new GgufReader(path, InputPath.Read(path, "GGUF file", File.OpenRead));
        file.ReadHeader(reader, new FileInfo(path).Length);
        return file;
    }

    public long[] ShapeOf(string name) => _tensors[name].Shape;

    /// <summary>
    /// Loads a tensor in its stored type, or as float32 if it is stored in blocks. Owned by the caller.
    /// </summary>
    public Tensor Load(string name)
    {
        var (type, shape, start) = _tensors[name];
        if (type != GgufType.Q8_0)
        {
            return _data.View(GgufTensor.ScalarTypeOf(type), start, shape);
        }

        using var bytes = _data.View(ScalarType.Byte, start, [new GgufTensor(name, type, shape, () => null!).Bytes]);
        using var values = Q8Blocks.Decode(bytes);
        return values.reshape(shape);
    }

    public void Dispose() => _data.Dispose();

    private void ReadHeader(GgufReader reader, long length)
    {
        if (length < 24 || reader.UInt32() != Magic || reader.UInt32() != Version)
        {
            throw reader.Bad($"it does not begin as a GGUF file of version {Version} does");
        }

        long tensors = reader.Count("tensors", SmallestTensor);
        long keys = reader.Count("keys", SmallestKey);
        for (long i = 0; i < keys; i++)
        {
            reader.SkipValue(StringKind);
            reader.SkipValue(reader.UInt32());
        }

        var found = new List<(string Name, GgufType Type, long[] Shape, long Offset)>();
        for (long i = 0; i < tensors; i++)
        {
            found.Add(ReadTensor(reader));
        }

        long start = (reader.Position + Alignment - 1) / Alignment * Alignment;
        foreach (var (name, type, shape, offset) in found)
        {
            long bytes = new GgufTensor(name, type, shape, () => null!).Bytes;
            if (offset < 0 || offset % Alignment != 0 || offset > length - start - bytes
                || !_tensors.TryAdd(name, (type, shape, start + offset)))
            {
                throw reader.Bad(
                    $"tensor '{Excerpt.Of(name)}' claims {bytes} bytes from byte {offset} of the {length - start} of "
                    + "data, or is there twice");
            }
        }
    }

    private static (string Name, GgufType Type, long[] Shape, long Offset) ReadTensor(GgufReader reader)
    {
        var name = reader.Text();
        uint dimensions = reader.UInt32();
        if (dimensions > MostDimensions)
        {
            throw reader.Bad(
                $"tensor '{Excerpt.Of(name)}' has {dimensions} dimensions; expected at most {MostDimensions}");
        }

        // The file lists dimensions from the innermost outwards.
        var shape = new long[dimensions];
        for (int i = shape.Length - 1; i >= 0; i--)
        {
            shape[i] = reader.Int64();
        }

        var type = (GgufType)reader.UInt32();
        bool isWhole = type != GgufType.Q8_0 || (shape.Length > 0 && GgufTensor.FitsBlocks(shape[^1]));
        return Enum.IsDefined(type) && TensorShape.IsPossible(shape) && isWhole
            ? (name, type, shape, reader.Int64())
            : throw reader.Bad(
                $"tensor '{Excerpt.Of(name)}' of shape [{string.Join(", ", shape)}] and type {(uint)type} is none that "
                + "is written here");
    }
}
