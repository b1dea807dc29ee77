using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;
using static TorchSharp.torch;

namespace LoNas.Kernels;

/// <summary>c tanh(x s / c), which bounds scores and logits (Gemma 2, 2024), and its gradient.</summary>
internal static unsafe class SoftCapKernel
{
    /// <summary>The elements are computed in pieces of this size, which are spread over threads.</summary>
    private const long Piece = 1 << 12;

    // Below it the exponential's rounding would show, so that a polynomial takes its place.
    private const float Small = 0.625f;

    /// <summary>Bounds numbers.</summary>
    /// <param name="source">Any shape, contiguous.</param>
    /// <param name="target">The same shape; may be the source.</param>
    /// <param name="scale">s.</param>
    /// <param name="cap">c.</param>
    public static void Forward(Tensor source, Tensor target, double scale, double cap)
    {
        var (inner, outer) = ((float)(scale / cap), (float)cap);
        var (x, y) = (KernelRows.Address(source), KernelRows.Address(target));
        if (source.dtype == ScalarType.Float32)
        {
            InPieces(source.numel(), (first, end) =>
                Forward<float, Float32Element>((float*)x, (float*)y, inner, outer, first, end));
        }
        else
        {
            InPieces(source.numel(), (first, end) =>
                Forward<ushort, BFloat16Element>((ushort*)x, (ushort*)y, inner, outer, first, end));
        }
    }

    /// <summary>Turns the gradient of the bounded numbers into that of the numbers, in place.</summary>
    /// <param name="gradient">Any shape, contiguous.</param>
    /// <param name="source">The numbers before they were bounded, of the same shape.</param>
    /// <param name="scale">As in the forward pass.</param>
    /// <param name="cap">As in the forward pass.</param>
    public static void Backward(Tensor gradient, Tensor source, double scale, double cap)
    {
        var (inner, factor) = ((float)(scale / cap), (float)scale);
        var (dy, x) = (KernelRows.Address(gradient), KernelRows.Address(source));
        if (source.dtype == ScalarType.Float32)
        {
            InPieces(source.numel(), (first, end) =>
                Backward<float, Float32Element>((float*)dy, (float*)x, inner, factor, first, end));
        }
        else
        {
            InPieces(source.numel(), (first, end) =>
                Backward<ushort, BFloat16Element>((ushort*)dy, (ushort*)x, inner, factor, first, end));
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static void Forward<T, E>(T* source, T* target, float inner, float outer, long i, long end)
        where T : unmanaged
        where E : IElement<T>
    {
        for (; i <= end - Vector512<float>.Count; i += Vector512<float>.Count)
        {
            E.Store(Tanh(E.Load(source + i) * inner) * outer, target + i);
        }

        for (; i < end; i++)
        {
            E.StoreOne(MathF.Tanh(E.LoadOne(source + i) * inner) * outer, target + i);
        }
    }

    /// <summary>dx = dy s (1 - tanh(x s / c)^2).</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static void Backward<T, E>(T* gradient, T* source, float inner, float factor, long i, long end)
        where T : unmanaged
        where E : IElement<T>
    {
        for (; i <= end - Vector512<float>.Count; i += Vector512<float>.Count)
        {
            var bounded = Tanh(E.Load(source + i) * inner);
            E.Store(
                E.Load(gradient + i) * factor * (Vector512<float>.One - (bounded * bounded)), gradient + i);
        }

        for (; i < end; i++)
        {
            float bounded = MathF.Tanh(E.LoadOne(source + i) * inner);
            E.StoreOne(E.LoadOne(gradient + i) * factor * (1 - (bounded * bounded)), gradient + i);
        }
    }

    /// <summary>Accurate to a few units in the last place.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static Vector512<float> Tanh(Vector512<float> value)
    {
        var size = Vector512.Abs(value);
        var large = Vector512<float>.One
            - (Vector512.Create(2f) / (Exponential.Of(size + size) + Vector512<float>.One));
        large = Vector512.ConditionalSelect(Vector512.LessThan(value, Vector512<float>.Zero), -large, large);

        // Cephes' minimax polynomial.
        var square = value * value;
        var p = Vector512.Create(-5.70498872745e-3f);
        p = Vector512.FusedMultiplyAdd(p, square, Vector512.Create(2.06390887954e-2f));
        p = Vector512.FusedMultiplyAdd(p, square, Vector512.Create(-5.37397155531e-2f));
        p = Vector512.FusedMultiplyAdd(p, square, Vector512.Create(1.33314422036e-1f));
        p = Vector512.FusedMultiplyAdd(p, square, Vector512.Create(-3.33332819422e-1f));
        var small = Vector512.FusedMultiplyAdd(p * square, value, value);
        return Vector512.ConditionalSelect(Vector512.LessThan(size, Vector512.Create(Small)), small, large);
    }

    private static void InPieces(long count, Action<long, long> compute) =>
        KernelRows.Run(
            (count + Piece - 1) / Piece, Piece, (first, end) => compute(first * Piece, Math.Min(count, end * Piece)));
}
