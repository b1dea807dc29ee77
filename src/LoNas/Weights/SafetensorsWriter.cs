using System.Buffers.Binary;
using System.Text.Json;
using LoNas.Storage;
using static TorchSharp.torch;

namespace LoNas.Weights;

/// <summary>A tensor that is made when its turn to be written comes, so that one is in memory at a time.</summary>
/// <param name="Name">Its name in the file.</param>
/// <param name="DType">Its element type.</param>
/// <param name="Shape">Its shape.</param>
/// <param name="Make">Makes it; the writer disposes it with everything else made on the way.</param>
internal sealed record PendingTensor(string Name, ScalarType DType, long[] Shape, Func<Tensor> Make)
{
    /// <summary>Its size in bytes.</summary>
    public long Bytes => TensorShape.Count(Shape) * SafetensorsTypes.SizeOf(DType);

    /// <summary>A tensor that is there already.</summary>
    public static PendingTensor Of(string name, Tensor tensor) => new(name, tensor.dtype, tensor.shape, () => tensor.alias());
}

/// <summary>Writes safetensors files, atomically, one tensor in memory at a time.</summary>
public static class SafetensorsWriter
{
    /// <summary>Writes the tensors in the order given; the metadata says <c>format: pt</c> as Transformers expects.</summary>
    public static void Save(string path, IReadOnlyList<(string Name, Tensor Tensor)> tensors) =>
        Save(path, [.. tensors.Select(entry => PendingTensor.Of(entry.Name, entry.Tensor))]);

    /// <summary>Writes tensors that are made one after another.</summary>
    internal static void Save(string path, IReadOnlyList<PendingTensor> tensors) =>
        AtomicFile.Write(path, stream => Write(stream, tensors));

    private static void Write(Stream stream, IReadOnlyList<PendingTensor> tensors)
    {
        var header = Header(tensors);
        Span<byte> length = stackalloc byte[8];
        BinaryPrimitives.WriteInt64LittleEndian(length, header.Length);
        stream.Write(length);
        stream.Write(header);
        foreach (var tensor in tensors)
        {
            using var scope = NewDisposeScope();
            TensorBytes.Write(stream, tensor.Make());
        }
    }

    private static byte[] Header(IReadOnlyList<PendingTensor> tensors)
    {
        using var buffer = new MemoryStream();
        using (var json = new Utf8JsonWriter(buffer))
        {
            json.WriteStartObject();
            json.WriteStartObject("__metadata__");
            json.WriteString("format", "pt");
            json.WriteEndObject();
            long offset = 0;
            foreach (var tensor in tensors)
            {
                long end = offset + tensor.Bytes;
                json.WriteStartObject(tensor.Name);
                json.WriteString("dtype", SafetensorsTypes.NameOf(tensor.DType));
                WriteLongs(json, "shape", tensor.Shape);
                WriteLongs(json, "data_offsets", [offset, end]);
                json.WriteEndObject();
                offset = end;
            }

            json.WriteEndObject();
        }

        // Spaces up to a multiple of 8 keep the data aligned for mapping.
        while (buffer.Length % 8 != 0)
        {
            buffer.WriteByte((byte)' ');
        }

        return buffer.ToArray();
    }

    private static void WriteLongs(Utf8JsonWriter json, string name, long[] values)
    {
        json.WriteStartArray(name);
        foreach (long value in values)
        {
            json.WriteNumberValue(value);
        }

        json.WriteEndArray();
    }
}
