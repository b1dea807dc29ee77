using System.Buffers.Binary;
using System.Text;

namespace LoNas.Weights;

/// <summary>Writes pickles of protocol 2 opcode by opcode, as torch.save does.</summary>
internal sealed class PickleWriter
{
    private readonly MemoryStream _bytes = new();

    public PickleWriter() => Op(0x80, 2);

    /// <summary>Ends the pickle and returns its bytes.</summary>
    public byte[] End() => [.. Op('.')._bytes.ToArray()];

    public PickleWriter Op(params byte[] bytes)
    {
        _bytes.Write(bytes);
        return this;
    }

    public PickleWriter Op(char opcode) => Op((byte)opcode);

    public PickleWriter Global(string module, string name) => Op(Encoding.ASCII.GetBytes($"c{module}\n{name}\n"));

    public PickleWriter Text(string text)
    {
        var bytes = Encoding.UTF8.GetBytes(text);
        Span<byte> length = stackalloc byte[4];
        BinaryPrimitives.WriteInt32LittleEndian(length, bytes.Length);
        return Op([(byte)'X', .. length, .. bytes]);
    }

    public PickleWriter Long(long value)
    {
        Span<byte> bytes = stackalloc byte[8];
        BinaryPrimitives.WriteInt64LittleEndian(bytes, value);
        return Op([0x8a, 8, .. bytes]);
    }

    public PickleWriter Longs(long[] values)
    {
        Op('(');
        foreach (long value in values)
        {
            Long(value);
        }

        return Op('t');
    }

    /// <summary>Writes a call of _rebuild_tensor_v2 on the storage <paramref name="key"/>.</summary>
    public PickleWriter Tensor(
        string key, string storageType, long storageCount, long offset, long[] shape, long[] strides) => this
        .Global("torch._utils", "_rebuild_tensor_v2").Op('(')
        .Op('(').Text("storage").Global("torch", storageType).Text(key).Text("cpu").Long(storageCount).Op('t').Op('Q')
        .Long(offset).Longs(shape).Longs(strides).Op(0x89)
        .Global("collections", "OrderedDict").Op(')').Op('R').Op('t').Op('R');
}
