using System.Text;
using LoNas.Storage;

namespace LoNas.Export.Gguf;

/// <summary>
/// Writes GGUF version 3 atomically, with one tensor in memory at a time: magic number, keys and values, the list of
/// tensors, and their data aligned to 32 bytes. Source: the GGUF specification of ggml.
/// </summary>
internal static class GgufWriter
{
    private const int Alignment = 32;
    private const uint Version = 3;

    /// <param name="path">The file. An existing file is replaced only when the new one is complete.</param>
    /// <param name="metadata">Keys and values.</param>
    /// <param name="tensors">The tensors in order.</param>
    /// <param name="onProgress">Called with the bytes of tensors written so far and the total.</param>
    /// <param name="cancel">Stops between two tensors; an existing file stays.</param>
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
