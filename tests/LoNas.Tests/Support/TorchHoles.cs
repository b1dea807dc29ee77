using System.Buffers.Binary;
using System.Text;
using LoNas.Weights;

namespace LoNas.Tests.Support;

/// <summary>
/// Writes large ZIP64 archives as torch.save does. The elements, of two bytes, are holes in a sparse file: they read as
/// zeros and take no disk space.
/// </summary>
internal sealed class TorchHoles : IDisposable
{
    private const int Alignment = 64; // torch.save's, in the file
    private readonly FileStream _stream;
    private readonly MemoryStream _directory = new();
    private int _count;

    private TorchHoles(string path) => _stream = File.Create(path);

    public void Dispose() => _stream.Dispose();

    /// <summary>Writes the archive and returns its size.</summary>
    public static long Save(string path, IReadOnlyList<(string Name, long[] Shape)> tensors, string type)
    {
        using var file = new TorchHoles(path);
        var storage = type == "F16" ? "HalfStorage" : "BFloat16Storage";
        var pickle = new PickleWriter().Op('}').Op('(');
        foreach (var ((name, shape), key) in tensors.Select((tensor, key) => (tensor, key)))
        {
            pickle.Text(name).Tensor(
                $"{key}", storage, Count(shape), 0, shape, shape.Length == 1 ? [1] : [shape[1], 1]);
        }

        var description = pickle.Op('u').End();
        file.Begin("archive/data.pkl", description.Length);
        file._stream.Write(description);
        foreach (var ((_, shape), key) in tensors.Select((tensor, key) => (tensor, key)))
        {
            file.Begin($"archive/data/{key}", 2 * Count(shape));
            file._stream.Seek(2 * Count(shape), SeekOrigin.Current);
        }

        file.End();
        return file._stream.Length;
    }

    private static long Count(long[] shape) => shape.Aggregate(1L, (product, size) => product * size);

    /// <summary>A local header and its record in the directory.</summary>
    private void Begin(string name, long length)
    {
        long start = _stream.Position;
        var text = Encoding.ASCII.GetBytes(name);
        int filling = (int)((Alignment - ((start + 30 + text.Length) % Alignment)) % Alignment);
        var local = new byte[30];
        BinaryPrimitives.WriteUInt32LittleEndian(local, 0x04034B50);
        BinaryPrimitives.WriteUInt16LittleEndian(local.AsSpan(26), (ushort)text.Length);
        BinaryPrimitives.WriteUInt16LittleEndian(local.AsSpan(28), (ushort)filling);
        _stream.Write([.. local, .. text, .. new byte[filling]]);

        var record = new byte[46];
        BinaryPrimitives.WriteUInt32LittleEndian(record, 0x02014B50);
        record.AsSpan(20, 8).Fill(0xff); // both sizes stand in the extra field,
        BinaryPrimitives.WriteUInt16LittleEndian(record.AsSpan(28), (ushort)text.Length);
        BinaryPrimitives.WriteUInt16LittleEndian(record.AsSpan(30), 28);
        record.AsSpan(42, 4).Fill(0xff); // and so does the start
        _directory.Write([.. record, .. text, 1, 0, 24, 0]);
        Array.ForEach([length, length, start], value => _directory.Write(BitConverter.GetBytes(value)));
        _count++;
    }

    private void End()
    {
        long start = _stream.Position;
        _directory.WriteTo(_stream);
        var end = new byte[56 + 20 + 22];
        BinaryPrimitives.WriteUInt32LittleEndian(end, 0x06064B50);
        BinaryPrimitives.WriteInt64LittleEndian(end.AsSpan(32), _count);
        BinaryPrimitives.WriteInt64LittleEndian(end.AsSpan(40), _directory.Length);
        BinaryPrimitives.WriteInt64LittleEndian(end.AsSpan(48), start);
        BinaryPrimitives.WriteUInt32LittleEndian(end.AsSpan(56), 0x07064B50);
        BinaryPrimitives.WriteInt64LittleEndian(end.AsSpan(64), _stream.Position);
        BinaryPrimitives.WriteUInt32LittleEndian(end.AsSpan(76), 0x06054B50);
        end.AsSpan(84, 12).Fill(0xff);
        _stream.Write(end);
    }
}
