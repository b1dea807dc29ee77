using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;
using static TorchSharp.torch;

namespace LoNas.Kernels;

/// <summary>The softmax of causal attention and its gradient, in place.</summary>
internal static unsafe class CausalSoftmaxKernel
{
    /// <summary>
    /// Turns scores into attention weights: query i sees the keys up to <paramref name="first"/> + i; later keys get
    /// weight 0.
    /// </summary>
    /// <param name="scores">[N, Q, S] contiguous.</param>
    /// <param name="first">Position of the first query.</param>
    /// <param name="scale">The factor that scores are multiplied by before the softmax.</param>
    public static void Forward(Tensor scores, long first, float scale)
    {
        if (scores.dtype == ScalarType.Float32)
        {
            Forward<float, Float32Element>(scores, first, scale);
        }
        else
        {
            Forward<ushort, BFloat16Element>(scores, first, scale);
        }
    }

    /// <summary>Turns the gradient of the weights into the gradient of the scores.</summary>
    /// <param name="gradient">
    /// [N, Q, S] contiguous: on entry the gradient of the weights, on return the gradient of the scores.
    /// </param>
    /// <param name="weights">[N, Q, S], from the forward pass.</param>
    /// <param name="first">Position of the first query.</param>
    /// <param name="scale">As in the forward pass.</param>
    public static void Backward(Tensor gradient, Tensor weights, long first, float scale)
    {
        if (gradient.dtype == ScalarType.Float32)
        {
            Backward<float, Float32Element>(gradient, weights, first, scale);
        }
        else
        {
            Backward<ushort, BFloat16Element>(gradient, weights, first, scale);
        }
    }

    private static void Forward<T, E>(Tensor scores, long first, float scale)
        where T : unmanaged
        where E : IElement<T>
    {
        var (queries, keys) = (scores.shape[1], scores.shape[2]);
        nint memory = KernelRows.Address(scores);
        KernelRows.Run(scores.shape[0] * queries, keys, (row, end) =>
        {
            for (; row < end; row++)
            {
                Softmax<T, E>((T*)memory + (row * keys), first + (row % queries) + 1, keys, scale);
            }
        });
    }

    private static void Backward<T, E>(Tensor gradient, Tensor weights, long first, float scale)
        where T : unmanaged
        where E : IElement<T>
    {
        var (queries, keys) = (gradient.shape[1], gradient.shape[2]);
        var (d, p) = (KernelRows.Address(gradient), KernelRows.Address(weights));
        KernelRows.Run(gradient.shape[0] * queries, keys, (row, end) =>
        {
            for (; row < end; row++)
            {
                Gradient<T, E>((T*)d + (row * keys), (T*)p + (row * keys), first + (row % queries) + 1, keys, scale);
            }
        });
    }

    /// <summary>
    /// Softmax of one row in place. The exponentials are computed twice, for the sum and for the result.
    /// </summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static void Softmax<T, E>(T* row, long seen, long width, float scale)
        where T : unmanaged
        where E : IElement<T>
    {
        float largest = float.NegativeInfinity;
        var most = Vector512.Create(largest);
        long i = 0;
        for (; i <= seen - Vector512<float>.Count; i += Vector512<float>.Count)
        {
            most = Vector512.Max(most, E.Load(row + i));
        }

        for (int lane = 0; lane < Vector512<float>.Count; lane++)
        {
            largest = MathF.Max(largest, most[lane]);
        }

        for (; i < seen; i++)
        {
            largest = MathF.Max(largest, E.LoadOne(row + i));
        }

        var sums = Vector512<float>.Zero;
        var (scales, shift) = (Vector512.Create(scale), Vector512.Create(largest * scale));
        for (i = 0; i <= seen - Vector512<float>.Count; i += Vector512<float>.Count)
        {
            sums += Exponential.Of((E.Load(row + i) * scales) - shift);
        }

        float sum = Vector512.Sum(sums);
        for (; i < seen; i++)
        {
            sum += MathF.Exp((E.LoadOne(row + i) * scale) - (largest * scale));
        }

        var inverse = Vector512.Create(1 / sum);
        for (i = 0; i <= seen - Vector512<float>.Count; i += Vector512<float>.Count)
        {
            E.Store(Exponential.Of((E.Load(row + i) * scales) - shift) * inverse, row + i);
        }

        for (; i < seen; i++)
        {
            E.StoreOne(MathF.Exp((E.LoadOne(row + i) * scale) - (largest * scale)) / sum, row + i);
        }

        new Span<T>(row + seen, (int)(width - seen)).Clear();
    }

    /// <summary>dS = P (dP - sum(P dP)) scale.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static void Gradient<T, E>(T* gradient, T* weights, long seen, long width, float scale)
        where T : unmanaged
        where E : IElement<T>
    {
        var sums = Vector512<float>.Zero;
        long i = 0;
        for (; i <= seen - Vector512<float>.Count; i += Vector512<float>.Count)
        {
            sums += E.Load(gradient + i) * E.Load(weights + i);
        }

        float sum = Vector512.Sum(sums);
        for (; i < seen; i++)
        {
            sum += E.LoadOne(gradient + i) * E.LoadOne(weights + i);
        }

        var (mean, scales) = (Vector512.Create(sum), Vector512.Create(scale));
        for (i = 0; i <= seen - Vector512<float>.Count; i += Vector512<float>.Count)
        {
            E.Store(E.Load(weights + i) * (E.Load(gradient + i) - mean) * scales, gradient + i);
        }

        for (; i < seen; i++)
        {
            E.StoreOne(E.LoadOne(weights + i) * (E.LoadOne(gradient + i) - sum) * scale, gradient + i);
        }

        new Span<T>(gradient + seen, (int)(width - seen)).Clear();
    }
}
