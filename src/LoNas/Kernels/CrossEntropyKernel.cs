using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;
using static TorchSharp.torch;

namespace LoNas.Kernels;

/// <summary>
/// Cross-entropy of logits, computed in float32 whatever their type. The gradient is written over the logits.
/// </summary>
internal static unsafe class CrossEntropyKernel
{
    /// <summary>
    /// Sums the losses of all rows and replaces the logits by the gradient of that sum times a factor.
    /// </summary>
    /// <param name="logits">
    /// [N, V] contiguous; overwritten with the gradient if <paramref name="factor"/> is given.
    /// </param>
    /// <param name="targets">The right class of every row.</param>
    /// <param name="factor">
    /// The factor for the gradient; null computes no gradient and leaves the logits unchanged.
    /// </param>
    /// <returns>The sum, in nats.</returns>
    public static double Sum(Tensor logits, ReadOnlyMemory<long> targets, float? factor) =>
        logits.dtype == ScalarType.Float32
            ? Sum<float, Float32Element>(logits, targets, factor)
            : Sum<ushort, BFloat16Element>(logits, targets, factor);

    private static double Sum<T, E>(Tensor logits, ReadOnlyMemory<long> targets, float? factor)
        where T : unmanaged
        where E : IElement<T>
    {
        long width = logits.shape[1];
        nint memory = KernelRows.Address(logits);
        var losses = new double[targets.Length];
        KernelRows.Run(targets.Length, width, (first, end) =>
        {
            for (long row = first; row < end; row++)
            {
                losses[row] = Row<T, E>((T*)memory + (row * width), width, targets.Span[(int)row], factor);
            }
        });
        return losses.Sum();
    }

    private static double Row<T, E>(T* logits, long width, long target, float? factor)
        where T : unmanaged
        where E : IElement<T>
    {
        float largest = Largest<T, E>(logits, width);
        float sum = ExponentialSum<T, E>(logits, width, largest);
        double loss = Math.Log(sum) + largest - E.LoadOne(logits + target);
        if (factor is { } multiple)
        {
            float right = E.LoadOne(logits + target);
            Probabilities<T, E>(logits, width, largest, multiple / sum);
            E.StoreOne((MathF.Exp(right - largest) * multiple / sum) - multiple, logits + target);
        }

        return loss;
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static float Largest<T, E>(T* logits, long width)
        where T : unmanaged
        where E : IElement<T>
    {
        var most = Vector512.Create(float.NegativeInfinity);
        long i = 0;
        for (; i <= width - Vector512<float>.Count; i += Vector512<float>.Count)
        {
            most = Vector512.Max(most, E.Load(logits + i));
        }

        float largest = float.NegativeInfinity;
        for (int lane = 0; lane < Vector512<float>.Count; lane++)
        {
            largest = Math.Max(largest, most[lane]);
        }

        for (; i < width; i++)
        {
            largest = Math.Max(largest, E.LoadOne(logits + i));
        }

        return largest;
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static float ExponentialSum<T, E>(T* logits, long width, float largest)
        where T : unmanaged
        where E : IElement<T>
    {
        var sums = Vector512<float>.Zero;
        var shift = Vector512.Create(largest);
        long i = 0;
        for (; i <= width - Vector512<float>.Count; i += Vector512<float>.Count)
        {
            sums += Exponential.Of(E.Load(logits + i) - shift);
        }

        float sum = Vector512.Sum(sums);
        for (; i < width; i++)
        {
            sum += MathF.Exp(E.LoadOne(logits + i) - largest);
        }

        return sum;
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static void Probabilities<T, E>(T* logits, long width, float largest, float factor)
        where T : unmanaged
        where E : IElement<T>
    {
        var (shift, scale) = (Vector512.Create(largest), Vector512.Create(factor));
        long i = 0;
        for (; i <= width - Vector512<float>.Count; i += Vector512<float>.Count)
        {
            E.Store(Exponential.Of(E.Load(logits + i) - shift) * scale, logits + i);
        }

        for (; i < width; i++)
        {
            E.StoreOne(MathF.Exp(E.LoadOne(logits + i) - largest) * factor, logits + i);
        }
    }
}
