using System.Text;
using LoNas.Storage;

namespace LoNas.Export.Gguf;

/// <summary>
/// Writes GGUF version 3 atomically, one tensor in memory at a time: magic, keys and values, the list of tensors, and their
/// data on a grid of 32 bytes. Source: the GGUF specification of ggml.
/// </summary>
internal static class GgufWriter
{
    private const int Alignment = 32;
    private const uint Version = 3;

    /// <param name="path">The file; replaced when all is on disk.</param>
    /// <param name="metadata">Keys and values.</param>
    /// <param name="tensors">The tensors in their order.</param>
    /// <param name="onProgress">Told bytes of tensors written and to be written.</param>
    /// <param name="cancel">Stops between two tensors; the former file stays.</param>
    public static void Save(
        string path,
        GgufMetadata metadata,
        IReadOnlyList<GgufTensor> tensors,
        Action<long, long>? onProgress,
        CancellationToken cancel) => AtomicFile.Write(path, stream =>
        {
            WriteHeader(stream, metadata, tensors);
            long total = tensors.Sum(tensor => tensor.Bytes);
            long done = 0;
            foreach (var tensor in tensors)
            {
                cancel.ThrowIfCancellationRequested();
                Pad(stream);
                tensor.Write(stream);
                onProgress?.Invoke(done += tensor.Bytes, total);
            }

            Pad(stream);
        });

    private static void WriteHeader(Stream stream, GgufMetadata metadata, IReadOnlyList<GgufTensor> tensors)
    {
        using var writer = new BinaryWriter(stream, Encoding.UTF8, leaveOpen: true);
        writer.Write("GGUF"u8);
        writer.Write(Version);
        writer.Write((ulong)tensors.Count);
        writer.Write((ulong)metadata.Count);
        writer.Write(metadata.Bytes);
        long offset = 0;
        foreach (var tensor in tensors)
        {
            GgufMetadata.Write(writer, tensor.Name);
            writer.Write((uint)tensor.Shape.Length);
            foreach (long size in tensor.Shape.Reverse())
            {
                writer.Write((ulong)size);
            }

            writer.Write((uint)tensor.Type);
            writer.Write((ulong)offset);
            offset += (tensor.Bytes + Alignment - 1) / Alignment * Alignment;
        }
    }

    private static void Pad(Stream stream)
    {
        long over = stream.Position % Alignment;
        if (over != 0)
        {
            stream.Write(new byte[Alignment - over]);
        }
    }
}
