using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;
using static TorchSharp.torch;

namespace LoNas.Kernels;

/// <summary>
/// Root mean square normalisation, forward and backward in one pass over memory each. The normalised value is rounded
/// to the weight's type before it is multiplied by it: with one of the input's type as in Transformers' LlamaRMSNorm,
/// with a wider one as in its GemmaRMSNorm.
/// </summary>
internal static unsafe class RmsNormKernel
{
    /// <summary>Normalises each row.</summary>
    /// <param name="input">[..., H] contiguous.</param>
    /// <param name="weight">[H], of the input's type or float32.</param>
    /// <param name="epsilon">Added to the mean square.</param>
    /// <returns>The output, [..., H], and for each row 1 / its root mean square, [N] float32.</returns>
    public static (Tensor Output, Tensor Inverse) Forward(Tensor input, Tensor weight, float epsilon)
    {
        var output = empty_like(input);
        var inverse = empty(input.numel() / weight.numel());
        if (input.dtype == ScalarType.Float32)
        {
            Forward<float, Float32Element, float, Float32Element>(input, weight, epsilon, output, inverse);
        }
        else if (weight.dtype == ScalarType.Float32)
        {
            Forward<ushort, BFloat16Element, float, Float32Element>(input, weight, epsilon, output, inverse);
        }
        else
        {
            Forward<ushort, BFloat16Element, ushort, BFloat16Element>(input, weight, epsilon, output, inverse);
        }

        return (output, inverse);
    }

    /// <summary>The gradient of the input. The weight is frozen and has none.</summary>
    /// <param name="gradient">The gradient of the output, [..., H] contiguous.</param>
    /// <param name="input">[..., H].</param>
    /// <param name="weight">[H].</param>
    /// <param name="inverse">[N], from the forward pass.</param>
    /// <returns>[..., H].</returns>
    public static Tensor Backward(Tensor gradient, Tensor input, Tensor weight, Tensor inverse)
    {
        var result = empty_like(input);
        if (input.dtype == ScalarType.Float32)
        {
            Backward<float, Float32Element, float, Float32Element>(gradient, input, weight, inverse, result);
        }
        else if (weight.dtype == ScalarType.Float32)
        {
            Backward<ushort, BFloat16Element, float, Float32Element>(gradient, input, weight, inverse, result);
        }
        else
        {
            Backward<ushort, BFloat16Element, ushort, BFloat16Element>(gradient, input, weight, inverse, result);
        }

        return result;
    }

    private static void Forward<T, E, W, G>(
        Tensor input, Tensor weight, float epsilon, Tensor output, Tensor inverse)
        where T : unmanaged
        where E : IElement<T>
        where W : unmanaged
        where G : IElement<W>
    {
        long width = weight.numel();
        var (x, w, y, scales) = (KernelRows.Address(input), KernelRows.Address(weight), KernelRows.Address(output),
            KernelRows.Address(inverse));
        KernelRows.Run(inverse.numel(), width, (first, end) =>
        {
            for (long row = first; row < end; row++)
            {
                T* source = (T*)x + (row * width);
                float scale = 1 / MathF.Sqrt((SquareSum<T, E>(source, width) / width) + epsilon);
                ((float*)scales)[row] = scale;
                Scale<T, E, W, G>(source, (W*)w, (T*)y + (row * width), scale, width);
            }
        });
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static float SquareSum<T, E>(T* source, long width)
        where T : unmanaged
        where E : IElement<T>
    {
        var sums = Vector512<float>.Zero;
        long i = 0;
        for (; i <= width - Vector512<float>.Count; i += Vector512<float>.Count)
        {
            var value = E.Load(source + i);
            sums += value * value;
        }

        float sum = Vector512.Sum(sums);
        for (; i < width; i++)
        {
            float value = E.LoadOne(source + i);
            sum += value * value;
        }

        return sum;
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static void Scale<T, E, W, G>(T* source, W* weight, T* target, float scale, long width)
        where T : unmanaged
        where E : IElement<T>
        where W : unmanaged
        where G : IElement<W>
    {
        var scales = Vector512.Create(scale);
        long i = 0;
        for (; i <= width - Vector512<float>.Count; i += Vector512<float>.Count)
        {
            E.Store(G.Load(weight + i) * G.Round(E.Load(source + i) * scales), target + i);
        }

        for (; i < width; i++)
        {
            E.StoreOne(G.LoadOne(weight + i) * G.RoundOne(E.LoadOne(source + i) * scale), target + i);
        }
    }

    private static void Backward<T, E, W, G>(
        Tensor gradient, Tensor input, Tensor weight, Tensor inverse, Tensor result)
        where T : unmanaged
        where E : IElement<T>
        where W : unmanaged
        where G : IElement<W>
    {
        long width = weight.numel();
        var (dy, x, w) = (KernelRows.Address(gradient), KernelRows.Address(input), KernelRows.Address(weight));
        var (scales, dx) = (KernelRows.Address(inverse), KernelRows.Address(result));
        KernelRows.Run(inverse.numel(), width, (first, end) =>
        {
            for (long row = first; row < end; row++)
            {
                long start = row * width;
                Row<T, E, W, G>(
                    (T*)dy + start, (T*)x + start, (W*)w, ((float*)scales)[row], (T*)dx + start, width);
            }
        });
    }

    /// <summary>With n = x s: dx = s (dy w - n mean(dy w n)).</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static void Row<T, E, W, G>(T* gradient, T* input, W* weight, float scale, T* result, long width)
        where T : unmanaged
        where E : IElement<T>
        where W : unmanaged
        where G : IElement<W>
    {
        var sums = Vector512<float>.Zero;
        long i = 0;
        for (; i <= width - Vector512<float>.Count; i += Vector512<float>.Count)
        {
            sums += E.Load(gradient + i) * G.Load(weight + i) * E.Load(input + i);
        }

        float sum = Vector512.Sum(sums);
        for (; i < width; i++)
        {
            sum += E.LoadOne(gradient + i) * G.LoadOne(weight + i) * E.LoadOne(input + i);
        }

        float shared = sum * scale * scale * scale / width;
        var (scales, parts) = (Vector512.Create(scale), Vector512.Create(shared));
        for (i = 0; i <= width - Vector512<float>.Count; i += Vector512<float>.Count)
        {
            E.Store((E.Load(gradient + i) * G.Load(weight + i) * scales) - (E.Load(input + i) * parts), result + i);
        }

        for (; i < width; i++)
        {
            float scaled = E.LoadOne(gradient + i) * G.LoadOne(weight + i) * scale;
            E.StoreOne(scaled - (E.LoadOne(input + i) * shared), result + i);
        }
    }
}
