using System.IO.Compression;
using System.Text;
using LoNas.Storage;
using static TorchSharp.torch;

namespace LoNas.Weights;

/// <summary>
/// Writes a state dict as <c>torch.save</c> does: an uncompressed ZIP archive with a pickle and one storage per tensor.
/// Source: torch/serialization.py, torch/_utils.py.
/// </summary>
public static class TorchFileWriter
{
    /// <summary>Writes the tensors in the given order, atomically and with one in memory at a time.</summary>
    public static void Save(string path, IReadOnlyList<(string Name, Tensor Tensor)> tensors) =>
        AtomicFile.Write(path, stream => Write(stream, tensors));

    private static void Write(Stream stream, IReadOnlyList<(string Name, Tensor Tensor)> tensors)
    {
        using var archive = new ZipArchive(stream, ZipArchiveMode.Create, leaveOpen: true, Encoding.UTF8);
        AddEntry(archive, "data.pkl", Pickle(tensors));
        AddEntry(archive, "byteorder", "little"u8);
        for (int i = 0; i < tensors.Count; i++)
        {
            using var entry = Entry(archive, $"data/{i}");
            TensorBytes.Write(entry, tensors[i].Tensor);
        }

        AddEntry(archive, "version", "3\n"u8);
    }

    private static byte[] Pickle(IReadOnlyList<(string Name, Tensor Tensor)> tensors)
    {
        var pickle = new PickleWriter().Op('}').Op('(');
        for (int i = 0; i < tensors.Count; i++)
        {
            var (name, tensor) = tensors[i];
            pickle.Text(name).Tensor($"{i}", TorchPickle.StorageName(tensor.dtype), tensor.numel(), 0, tensor.shape,
                TensorShape.ContiguousStrides(tensor.shape));
        }

        return pickle.Op('u').End();
    }

    private static void AddEntry(ZipArchive archive, string name, ReadOnlySpan<byte> bytes)
    {
        using var entry = Entry(archive, name);
        entry.Write(bytes);
    }

    private static Stream Entry(ZipArchive archive, string name)
    {
        var entry = archive.CreateEntry($"archive/{name}", CompressionLevel.NoCompression);
        // A fixed time, so that the same tensors give the same bytes. It is the earliest time that a ZIP archive can
        // store.
        entry.LastWriteTime = new DateTimeOffset(1980, 1, 1, 0, 0, 0, TimeSpan.Zero);
        return entry.Open();
    }
}
