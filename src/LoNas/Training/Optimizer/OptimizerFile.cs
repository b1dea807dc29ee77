using System.Buffers.Binary;
using System.Numerics;
using LoNas.Errors;
using LoNas.Storage;
using LoNas.Training.Windows;
using LoNas.Weights;
using static TorchSharp.torch;

namespace LoNas.Training.Optimizer;

/// <summary>
/// The optimiser's file of a checkpoint: the sums of gradients of an incomplete window, each by its first micro-batch
/// and their number; then for each parameter its name, shape, steps and moments, and its gradients in these sums.
/// Numbers are little-endian.
/// </summary>
internal static class OptimizerFile
{
    private const int Version = 2;

    /// <summary>Had one sum at most, of the whole window so far.</summary>
    private const int FormerVersion = 1;

    /// <summary>More micro-batches than any window has.</summary>
    private const int MostNodes = 31;

    private static ReadOnlySpan<byte> Magic => "LoNASopt"u8;

    public static void Write(BinaryWriter writer, AdamW optimizer, IReadOnlyList<PartialGradient> sums)
    {
        writer.Write(Magic);
        writer.Write(Version);
        writer.Write(optimizer.Moments.Count);
        writer.Write(sums.Count);
        foreach (var sum in sums)
        {
            writer.Write(sum.Start);
            writer.Write(sum.Count);
        }

        foreach (var (index, entry) in optimizer.Moments.Index())
        {
            writer.Write(entry.Name);
            writer.Write(entry.Average.shape.Length);
            Array.ForEach(entry.Average.shape, writer.Write);
            writer.Write(entry.Step);
            writer.Flush();
            TensorBytes.Write(writer.BaseStream, entry.Average);
            TensorBytes.Write(writer.BaseStream, entry.Squares);
            foreach (var sum in sums)
            {
                writer.Write(sum.Gradients[index] is not null);
                writer.Flush();
                if (sum.Gradients[index] is { } gradient)
                {
                    TensorBytes.Write(writer.BaseStream, gradient);
                }
            }
        }
    }

    /// <returns>The sums of an incomplete window from left to right, of this many micro-batches.</returns>
    /// <exception cref="InvalidDataException">The file has other parameters or another layout.</exception>
    public static IReadOnlyList<PartialGradient> Read(BinaryReader reader, AdamW optimizer, int windowSteps)
    {
        int version = RequireLayout(reader);
        int count = reader.ReadInt32();
        if (count != optimizer.Moments.Count)
        {
            throw Wrong($"it holds {count} parameters and the adapter has {optimizer.Moments.Count}");
        }

        optimizer.ClearGradients();
        var sums = version == FormerVersion ? [new PartialGradient(0, 1, new Tensor?[count])]
            : ReadSums(reader, count, windowSteps);
        try
        {
            foreach (var (index, entry) in optimizer.Moments.Index())
            {
                RequireParameter(reader, entry);
                entry.Step = reader.ReadInt64();
                TensorBytes.Read(reader.BaseStream, entry.Average);
                TensorBytes.Read(reader.BaseStream, entry.Squares);
                foreach (var sum in sums.Where(_ => reader.ReadBoolean()))
                {
                    sum.Gradients[index] = zeros_like(entry.Average).DetachFromDisposeScope();
                    TensorBytes.Read(reader.BaseStream, sum.Gradients[index]!);
                }
            }

            if (reader.BaseStream.ReadByte() >= 0)
            {
                throw Wrong("it goes on after the last parameter");
            }
        }
        catch
        {
            Array.ForEach(sums, sum => sum.Dispose());
            throw;
        }

        return windowSteps == 0 ? [] : sums;
    }

    /// <summary>The sums that a window of this many micro-batches has: one for each of its binary digits.</summary>
    private static PartialGradient[] ReadSums(BinaryReader reader, int parameters, int windowSteps)
    {
        int count = reader.ReadInt32();
        var sums = new List<PartialGradient>();
        for (int i = 0; i < count && i <= MostNodes; i++)
        {
            sums.Add(new PartialGradient(reader.ReadInt32(), reader.ReadInt32(), new Tensor?[parameters]));
        }

        var expected = new List<(int, int)>();
        for (int start = 0; start < windowSteps; start += expected[^1].Item2)
        {
            expected.Add((start, (int)BitOperations.RoundUpToPowerOf2((uint)(windowSteps - start + 1)) / 2));
        }

        return count == expected.Count && sums.Select(sum => (sum.Start, sum.Count)).SequenceEqual(expected)
            ? [.. sums]
            : throw Wrong($"its sums of gradients are not those of a window with {windowSteps} micro-batches");
    }

    private static int RequireLayout(BinaryReader reader)
    {
        Span<byte> head = stackalloc byte[Magic.Length + sizeof(int)];
        int read = reader.BaseStream.ReadAtLeast(head, head.Length, throwOnEndOfStream: false);
        if (read < head.Length || !head[..Magic.Length].SequenceEqual(Magic))
        {
            throw Wrong("it was written by an earlier version of this program, or by another one");
        }

        int version = BinaryPrimitives.ReadInt32LittleEndian(head[Magic.Length..]);
        return version is FormerVersion or Version ? version
            : throw Wrong($"its layout is number {version} and this program knows numbers up to {Version}");
    }

    private static void RequireParameter(BinaryReader reader, AdamMoments entry)
    {
        var name = reader.ReadString();
        if (name != entry.Name)
        {
            throw Wrong($"it has '{Excerpt.Of(name)}' where the adapter has '{entry.Name}'");
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
