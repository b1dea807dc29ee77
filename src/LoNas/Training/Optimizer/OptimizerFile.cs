using System.Buffers.Binary;
using LoNas.Errors;
using LoNas.Weights;
using static TorchSharp.torch;

namespace LoNas.Training.Optimizer;

/// <summary>
/// The optimiser's part of a checkpoint: for each parameter its name, shape, steps and moments, and the gradient of a
/// window that is not full. Numbers are little-endian.
/// </summary>
internal static class OptimizerFile
{
    private const int Version = 1;

    private static ReadOnlySpan<byte> Magic => "LoNASopt"u8;

    public static void Write(BinaryWriter writer, AdamW optimizer, bool withGradients)
    {
        writer.Write(Magic);
        writer.Write(Version);
        writer.Write(optimizer.Moments.Count);
        foreach (var entry in optimizer.Moments)
        {
            using var gradient = entry.Parameter.grad;
            writer.Write(entry.Name);
            writer.Write(entry.Average.shape.Length);
            Array.ForEach(entry.Average.shape, writer.Write);
            writer.Write(entry.Step);
            writer.Flush();
            TensorBytes.Write(writer.BaseStream, entry.Average);
            TensorBytes.Write(writer.BaseStream, entry.Squares);
            bool hasGradient = withGradients && gradient is not null;
            writer.Write(hasGradient);
            writer.Flush();
            if (hasGradient)
            {
                TensorBytes.Write(writer.BaseStream, gradient!);
            }
        }
    }

    /// <exception cref="InvalidDataException">The file is of other parameters, or none of this layout.</exception>
    public static void Read(BinaryReader reader, AdamW optimizer)
    {
        RequireLayout(reader);
        int count = reader.ReadInt32();
        if (count != optimizer.Moments.Count)
        {
            throw Wrong($"it holds {count} parameters and the adapter has {optimizer.Moments.Count}");
        }

        optimizer.ClearGradients();
        foreach (var entry in optimizer.Moments)
        {
            RequireParameter(reader, entry);
            entry.Step = reader.ReadInt64();
            TensorBytes.Read(reader.BaseStream, entry.Average);
            TensorBytes.Read(reader.BaseStream, entry.Squares);
            if (reader.ReadBoolean())
            {
                using var gradient = zeros_like(entry.Average);
                TensorBytes.Read(reader.BaseStream, gradient);
                entry.Parameter.grad = gradient;
            }
        }

        if (reader.BaseStream.ReadByte() >= 0)
        {
            throw Wrong("it goes on after the last parameter");
        }
    }

    private static void RequireLayout(BinaryReader reader)
    {
        Span<byte> head = stackalloc byte[Magic.Length + sizeof(int)];
        int read = reader.BaseStream.ReadAtLeast(head, head.Length, throwOnEndOfStream: false);
        if (read < head.Length || !head[..Magic.Length].SequenceEqual(Magic))
        {
            throw Wrong("it was written by an earlier version of this program, or by another one");
        }

        if (BinaryPrimitives.ReadInt32LittleEndian(head[Magic.Length..]) is var version && version != Version)
        {
            throw Wrong($"its layout is number {version} and this program knows number {Version}");
        }
    }

    private static void RequireParameter(BinaryReader reader, AdamMoments entry)
    {
        var name = reader.ReadString();
        if (name != entry.Name)
        {
            throw Wrong($"it has '{name}' where the adapter has '{entry.Name}'");
        }

        var expected = entry.Average.shape;
        if (reader.ReadInt32() != expected.Length || expected.Any(size => reader.ReadInt64() != size))
        {
            throw Wrong($"'{name}' has another shape there than the adapter's [{string.Join(", ", expected)}]");
        }
    }

    private static InvalidDataException Wrong(string what) => new InvalidDataException(
        $"The checkpoint's optimizer.bin can't be used: {what}; go on from another checkpoint, or start again")
        .About(Setting.StartAgain);
}
