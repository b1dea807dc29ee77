using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;
using System.Runtime.Intrinsics.X86;
using static TorchSharp.torch;

namespace LoNas.Kernels;

/// <summary>
/// A linear layer for a single row, as in decoding one sequence. Its time is that of reading the weights from memory,
/// which libtorch does with a single thread. Sums are computed in float32 and rounded once.
/// </summary>
internal static unsafe class LinearRowKernel
{
    /// <summary>For weights with fewer elements, libtorch is faster than starting this kernel.</summary>
    private const long LeastElements = 1 << 15;

    /// <summary>
    /// The number of weight rows computed together, so that several independent additions are in flight.
    /// </summary>
    private const int Together = 4;

    /// <summary>Whether the kernel can compute this product and is faster than libtorch.</summary>
    public static bool Supports(Tensor input, Tensor weight, Tensor? bias) =>
        input.numel() == weight.shape[1] && weight.numel() >= LeastElements
        && input.is_contiguous() && KernelRows.Supports(input) && input.dtype == weight.dtype
        && weight.device_type == TorchSharp.DeviceType.CPU && weight.stride(1) == 1
        && (bias is null || (bias.dtype == weight.dtype && bias.is_contiguous()));

    /// <summary>Computes input * weight^T + bias.</summary>
    /// <param name="input">[..., in], a single row.</param>
    /// <param name="weight">[out, in]; may be the first columns of a wider matrix.</param>
    /// <param name="bias">[out] contiguous, of the weight's type; null for none.</param>
    /// <returns>[..., out].</returns>
    public static Tensor Forward(Tensor input, Tensor weight, Tensor? bias)
    {
        var shape = input.shape;
        shape[^1] = weight.shape[0];
        var output = empty(shape, weight.dtype);
        using var wide = input.to(ScalarType.Float32);
        if (weight.dtype == ScalarType.Float32)
        {
            Forward<float, Float32Element>(wide, weight, bias, output);
        }
        else
        {
            Forward<ushort, BFloat16Element>(wide, weight, bias, output);
        }

        return output;
    }

    private static void Forward<T, E>(Tensor input, Tensor weight, Tensor? bias, Tensor output)
        where T : unmanaged
        where E : IElement<T>
    {
        // The first row is contiguous even if the weight is only some columns of a matrix.
        using var firstRow = weight.select(0, 0);
        var (width, stride) = (weight.shape[1], weight.stride(0));
        var (x, w, y) = (KernelRows.Address(input), KernelRows.Address(firstRow), KernelRows.Address(output));
        nint b = bias is null ? 0 : KernelRows.Address(bias);
        KernelRows.Run(weight.shape[0], width, (first, end) =>
        {
            long row = first;
            for (; row <= end - Together; row += Together)
            {
                Four<T, E>((float*)x, (T*)w, stride, width, (T*)b, (T*)y, row);
            }

            for (; row < end; row++)
            {
                One<T, E>((float*)x, (T*)w + (row * stride), width, (T*)b, (T*)y, row);
            }
        });
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static void Four<T, E>(float* x, T* weight, long stride, long width, T* bias, T* y, long row)
        where T : unmanaged
        where E : IElement<T>
    {
        T* w = weight + (row * stride), second = w + stride, third = second + stride, fourth = third + stride;
        long ahead = Together * stride;
        var (a, b, c, d) = (Vector512<float>.Zero, Vector512<float>.Zero, Vector512<float>.Zero, Vector512<float>.Zero);
        long i = 0;
        for (; i <= width - Vector512<float>.Count; i += Vector512<float>.Count)
        {
            // The weights are read once and so are not cached, and the processor's own prefetching stops at page
            // boundaries.
            Fetch(w + i + ahead);
            Fetch(second + i + ahead);
            Fetch(third + i + ahead);
            Fetch(fourth + i + ahead);
            var value = Vector512.Load(x + i);
            a = Vector512.MultiplyAddEstimate(E.Load(w + i), value, a);
            b = Vector512.MultiplyAddEstimate(E.Load(second + i), value, b);
            c = Vector512.MultiplyAddEstimate(E.Load(third + i), value, c);
            d = Vector512.MultiplyAddEstimate(E.Load(fourth + i), value, d);
        }

        Store<T, E>(a, x, w, i, width, bias, y, row);
        Store<T, E>(b, x, second, i, width, bias, y, row + 1);
        Store<T, E>(c, x, third, i, width, bias, y, row + 2);
        Store<T, E>(d, x, fourth, i, width, bias, y, row + 3);
    }

    /// <summary>
    /// The same sum as each of the four rows above, so that the result of a row does not depend on how rows are
    /// grouped.
    /// </summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static void One<T, E>(float* x, T* w, long width, T* bias, T* y, long row)
        where T : unmanaged
        where E : IElement<T>
    {
        var sums = Vector512<float>.Zero;
        long i = 0;
        for (; i <= width - Vector512<float>.Count; i += Vector512<float>.Count)
        {
            sums = Vector512.MultiplyAddEstimate(E.Load(w + i), Vector512.Load(x + i), sums);
        }

        Store<T, E>(sums, x, w, i, width, bias, y, row);
    }

    private static void Store<T, E>(Vector512<float> sums, float* x, T* w, long i, long width, T* bias, T* y, long row)
        where T : unmanaged
        where E : IElement<T>
    {
        float sum = Vector512.Sum(sums);
        for (; i < width; i++)
        {
            sum += E.LoadOne(w + i) * x[i];
        }

        E.StoreOne(bias is null ? sum : sum + E.LoadOne(bias + row), y + row);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void Fetch<T>(T* address)
        where T : unmanaged
    {
        if (Sse.IsSupported)
        {
            Sse.Prefetch0(address);
        }
    }
}
