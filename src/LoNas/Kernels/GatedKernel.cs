using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;
using static TorchSharp.torch;

namespace LoNas.Kernels;

/// <summary>An activation of a gated MLP: a number times a share of it, which depends on the number.</summary>
internal interface IGate
{
    /// <summary>The share, 0 to 1.</summary>
    static abstract Vector512<float> Share(Vector512<float> value);

    static abstract float Share(float value);

    /// <summary>The derivative of the number times its share.</summary>
    static abstract Vector512<float> Slope(Vector512<float> value, Vector512<float> share);

    static abstract float Slope(float value, float share);
}

/// <summary>activation(gate) * up (Shazeer, 2020), forward and backward in one pass over memory each.</summary>
/// <typeparam name="A">The activation.</typeparam>
internal static unsafe class GatedKernel<A>
    where A : IGate
{
    /// <summary>The elements are computed in pieces of this size, which are spread over threads.</summary>
    private const long Piece = 1 << 12;

    /// <param name="gate">Any shape, contiguous.</param>
    /// <param name="up">The same shape.</param>
    /// <returns>The same shape.</returns>
    public static Tensor Forward(Tensor gate, Tensor up)
    {
        var output = empty_like(gate);
        if (gate.dtype == ScalarType.Float32)
        {
            Forward<float, Float32Element>(gate, up, output);
        }
        else
        {
            Forward<ushort, BFloat16Element>(gate, up, output);
        }

        return output;
    }

    /// <param name="gradient">The gradient of the output, contiguous.</param>
    /// <param name="gate">As in the forward pass.</param>
    /// <param name="up">As in the forward pass.</param>
    /// <returns>The gradients of gate and up.</returns>
    public static (Tensor Gate, Tensor Up) Backward(Tensor gradient, Tensor gate, Tensor up)
    {
        var (gateGradient, upGradient) = (empty_like(gate), empty_like(up));
        if (gate.dtype == ScalarType.Float32)
        {
            Backward<float, Float32Element>(gradient, gate, up, gateGradient, upGradient);
        }
        else
        {
            Backward<ushort, BFloat16Element>(gradient, gate, up, gateGradient, upGradient);
        }

        return (gateGradient, upGradient);
    }

    private static void Forward<T, E>(Tensor gate, Tensor up, Tensor output)
        where T : unmanaged
        where E : IElement<T>
    {
        var (g, u, y) = (KernelRows.Address(gate), KernelRows.Address(up), KernelRows.Address(output));
        InPieces(gate.numel(), (first, end) => Forward<T, E>((T*)g, (T*)u, (T*)y, first, end));
    }

    private static void Backward<T, E>(Tensor gradient, Tensor gate, Tensor up, Tensor gateGradient, Tensor upGradient)
        where T : unmanaged
        where E : IElement<T>
    {
        var (dy, g, u) = (KernelRows.Address(gradient), KernelRows.Address(gate), KernelRows.Address(up));
        var (dg, du) = (KernelRows.Address(gateGradient), KernelRows.Address(upGradient));
        InPieces(gate.numel(), (first, end) =>
            Backward<T, E>((T*)dy, (T*)g, (T*)u, (T*)dg, (T*)du, first, end));
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static void Forward<T, E>(T* gate, T* up, T* output, long i, long end)
        where T : unmanaged
        where E : IElement<T>
    {
        for (; i <= end - Vector512<float>.Count; i += Vector512<float>.Count)
        {
            var value = E.Load(gate + i);
            E.Store(E.Round(value * A.Share(value)) * E.Load(up + i), output + i);
        }

        for (; i < end; i++)
        {
            float value = E.LoadOne(gate + i);
            E.StoreOne(E.RoundOne(value * A.Share(value)) * E.LoadOne(up + i), output + i);
        }
    }

    /// <summary>With s the share of g: du = dy g s and dg = dy u (g s)'.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static void Backward<T, E>(T* gradient, T* gate, T* up, T* gateGradient, T* upGradient, long i, long end)
        where T : unmanaged
        where E : IElement<T>
    {
        for (; i <= end - Vector512<float>.Count; i += Vector512<float>.Count)
        {
            var (value, given) = (E.Load(gate + i), E.Load(gradient + i));
            var share = A.Share(value);
            E.Store(given * (value * share), upGradient + i);
            E.Store(given * E.Load(up + i) * A.Slope(value, share), gateGradient + i);
        }

        for (; i < end; i++)
        {
            var (value, given) = (E.LoadOne(gate + i), E.LoadOne(gradient + i));
            float share = A.Share(value);
            E.StoreOne(given * (value * share), upGradient + i);
            E.StoreOne(given * E.LoadOne(up + i) * A.Slope(value, share), gateGradient + i);
        }
    }

    private static void InPieces(long count, Action<long, long> compute) =>
        KernelRows.Run(
            (count + Piece - 1) / Piece, Piece, (first, end) => compute(first * Piece, Math.Min(count, end * Piece)));
}
