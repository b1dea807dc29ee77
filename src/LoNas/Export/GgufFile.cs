using System.Text;
using LoNas.Files;
using static TorchSharp.torch;

namespace LoNas.Export;

/// <summary>Reads back what <see cref="GgufWriter"/> wrote: the list of tensors, and each of them as floating point.</summary>
internal sealed class GgufFile : IDisposable
{
    private const int Alignment = 32;

    private readonly Dictionary<string, (GgufType Type, long[] Shape, long Start)> _tensors = [];
    private readonly MappedFile _data;

    private GgufFile(string path) => _data = new MappedFile(path);

    public IReadOnlyCollection<string> Names => _tensors.Keys;

    public static GgufFile Open(string path)
    {
        var file = new GgufFile(path);
        using var reader = new BinaryReader(File.OpenRead(path), Encoding.UTF8);
        reader.BaseStream.Position = 8;
        long tensors = reader.ReadInt64();
        long keys = reader.ReadInt64();
        for (long i = 0; i < keys; i++)
        {
            Text(reader);
            SkipValue(reader, reader.ReadUInt32());
        }

        for (long i = 0; i < tensors; i++)
        {
            var name = Text(reader);
            var shape = new long[reader.ReadUInt32()];
            for (int dimension = shape.Length - 1; dimension >= 0; dimension--)
            {
                shape[dimension] = reader.ReadInt64();
            }

            file._tensors.Add(name, ((GgufType)reader.ReadUInt32(), shape, reader.ReadInt64()));
        }

        long start = (reader.BaseStream.Position + Alignment - 1) / Alignment * Alignment;
        foreach (var (name, (type, shape, offset)) in file._tensors)
        {
            file._tensors[name] = (type, shape, start + offset);
        }

        return file;
    }

    public long[] ShapeOf(string name) => _tensors[name].Shape;

    /// <summary>A tensor in the type it is stored in, blocks as float32; owned by the caller.</summary>
    public Tensor Load(string name)
    {
        var (type, shape, start) = _tensors[name];
        if (type != GgufType.Q8_0)
        {
            return _data.View(GgufTensor.ScalarTypeOf(type), start, shape);
        }

        using var bytes = _data.View(ScalarType.Byte, start, [new GgufTensor(name, type, shape, () => null!).Bytes]);
        using var values = tensor(Q8Blocks.Decode(bytes.bytes));
        return values.reshape(shape);
    }

    public void Dispose() => _data.Dispose();

    private static string Text(BinaryReader reader) => Encoding.UTF8.GetString(reader.ReadBytes((int)reader.ReadInt64()));

    private static void SkipValue(BinaryReader reader, uint kind)
    {
        switch (kind)
        {
            case 7:
                reader.ReadByte();
                break;
            case 8:
                Text(reader);
                break;
            case 9:
                uint element = reader.ReadUInt32();
                for (long left = reader.ReadInt64(); left > 0; left--)
                {
                    SkipValue(reader, element);
                }

                break;
            default:
                reader.ReadUInt32();
                break;
        }
    }
}
