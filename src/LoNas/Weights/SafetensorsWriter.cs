using System.Buffers.Binary;
using System.Text.Json;
using LoNas.Storage;
using static TorchSharp.torch;

namespace LoNas.Weights;

/// <summary>A tensor that is made just before it is written, so that only one is in memory at a time.</summary>
/// <param name="Name">Its name in the file.</param>
/// <param name="DType">Its element type.</param>
/// <param name="Shape">Its shape.</param>
/// <param name="Make">Makes the tensor. The writer disposes it, along with all tensors made on the way.</param>
internal sealed record PendingTensor(string Name, ScalarType DType, long[] Shape, Func<Tensor> Make)
{
    /// <summary>Its size in bytes.</summary>
    public long Bytes => TensorShape.Count(Shape) * SafetensorsTypes.SizeOf(DType);

    /// <summary>Wraps a tensor that exists already.</summary>
    public static PendingTensor Of(string name, Tensor tensor) =>
        new(name, tensor.dtype, tensor.shape, () => tensor.alias());

    /// <summary>The same, told of when it is made.</summary>
    /// <param name="onMade">Told its bytes.</param>
    /// <param name="cancel">Stops instead of making it.</param>
    public PendingTensor Observed(Action<long> onMade, CancellationToken cancel) => this with
    {
        Make = () =>
        {
            cancel.ThrowIfCancellationRequested();
            var made = Make();
            onMade(Bytes);
            return made;
        },
    };
}

/// <summary>Writes safetensors files atomically, with one tensor in memory at a time.</summary>
public static class SafetensorsWriter
{
    /// <summary>
    /// Writes the tensors in the given order. The metadata says <c>format: pt</c>, which Transformers expects.
    /// </summary>
    public static void Save(string path, IReadOnlyList<(string Name, Tensor Tensor)> tensors) =>
        Save(path, [.. tensors.Select(entry => PendingTensor.Of(entry.Name, entry.Tensor))]);

    /// <summary>Makes and writes the tensors one after another.</summary>
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

        // Spaces pad the header to a multiple of 8 bytes, which keeps the data aligned for mapping.
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
