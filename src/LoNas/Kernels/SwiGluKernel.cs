using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;
using static TorchSharp.torch;

namespace LoNas.Kernels;

/// <summary>silu(gate) * up (Shazeer, 2020) in one pass over memory each way.</summary>
internal static unsafe class SwiGluKernel
{
    /// <summary>Rows are cut into pieces that threads share.</summary>
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

    /// <param name="gradient">Of the output, contiguous.</param>
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
        InPieces(gate.numel(), (i, end) =>
        {
            for (; i <= end - Vector512<float>.Count; i += Vector512<float>.Count)
            {
                var value = E.Load((T*)g + i);
                E.Store(E.Round(value * Sigmoid(value)) * E.Load((T*)u + i), (T*)y + i);
            }

            for (; i < end; i++)
            {
                float value = E.LoadOne((T*)g + i);
                E.StoreOne(E.RoundOne(value * Sigmoid(value)) * E.LoadOne((T*)u + i), (T*)y + i);
            }
        });
    }

    private static void Backward<T, E>(Tensor gradient, Tensor gate, Tensor up, Tensor gateGradient, Tensor upGradient)
        where T : unmanaged
        where E : IElement<T>
    {
        var (dy, g, u) = (KernelRows.Address(gradient), KernelRows.Address(gate), KernelRows.Address(up));
        var (dg, du) = (KernelRows.Address(gateGradient), KernelRows.Address(upGradient));
        InPieces(gate.numel(), (i, end) =>
        {
            for (; i <= end - Vector512<float>.Count; i += Vector512<float>.Count)
            {
                var (value, given) = (E.Load((T*)g + i), E.Load((T*)dy + i));
                var sigmoid = Sigmoid(value);
                var silu = value * sigmoid;
                E.Store(given * silu, (T*)du + i);
                E.Store(given * E.Load((T*)u + i) * (sigmoid + (silu * (Vector512<float>.One - sigmoid))), (T*)dg + i);
            }

            for (; i < end; i++)
            {
                var (value, given) = (E.LoadOne((T*)g + i), E.LoadOne((T*)dy + i));
                float sigmoid = Sigmoid(value);
                float silu = value * sigmoid;
                E.StoreOne(given * silu, (T*)du + i);
                E.StoreOne(given * E.LoadOne((T*)u + i) * (sigmoid + (silu * (1 - sigmoid))), (T*)dg + i);
            }
        });
    }

    private static void InPieces(long count, Action<long, long> compute) =>
        KernelRows.Run((count + Piece - 1) / Piece, Piece, (first, end) => compute(first * Piece, Math.Min(count, end * Piece)));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static Vector512<float> Sigmoid(Vector512<float> value) =>
        Vector512<float>.One / (Vector512<float>.One + Vector512.Exp(-value));

    private static float Sigmoid(float value) => 1 / (1 + MathF.Exp(-value));
}
