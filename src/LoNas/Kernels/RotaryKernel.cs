using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;
using static TorchSharp.torch;

namespace LoNas.Kernels;

/// <summary>
/// Rotary position embedding and the transposition between token order and head order, in one pass over memory. Rounds
/// like x * cos + rotate_half(x) * sin in the tensor's type. Features of a head behind those that the tables are for
/// stay as they are.
/// </summary>
internal static unsafe class RotaryKernel
{
    /// <summary>Rotates the states and puts them into head order.</summary>
    /// <param name="states">[B, T, heads * D] contiguous.</param>
    /// <param name="size">D.</param>
    /// <param name="cosine">[T, R] contiguous, of the states' type, R up to D; both halves of R are equal.</param>
    /// <param name="sine">[T, R].</param>
    /// <returns>[B, heads, T, D].</returns>
    public static Tensor Forward(Tensor states, long size, Tensor cosine, Tensor sine)
    {
        var (rows, length) = (states.shape[0], states.shape[1]);
        long heads = states.shape[2] / size;
        var rotated = empty([rows, heads, length, size], dtype: states.dtype);
        Rotate(states, rotated, cosine, sine, heads, rows * length, backward: false);
        return rotated;
    }

    /// <summary>
    /// The gradient of the states: the gradient of the output, rotated back and put into token order.
    /// </summary>
    /// <param name="gradient">[B, heads, T, D] contiguous.</param>
    /// <param name="cosine">[T, R].</param>
    /// <param name="sine">[T, R].</param>
    /// <returns>[B, T, heads * D].</returns>
    public static Tensor Backward(Tensor gradient, Tensor cosine, Tensor sine)
    {
        var (rows, heads, length, size) = (gradient.shape[0], gradient.shape[1], gradient.shape[2], gradient.shape[3]);
        var states = empty([rows, length, heads * size], dtype: gradient.dtype);
        Rotate(states, gradient, cosine, sine, heads, rows * length, backward: true);
        return states;
    }

    private static void Rotate(
        Tensor byToken, Tensor byHead, Tensor cosine, Tensor sine, long heads, long tokens, bool backward)
    {
        if (byToken.dtype == ScalarType.Float32)
        {
            Rotate<float, Float32Element>(byToken, byHead, cosine, sine, heads, tokens, backward);
        }
        else
        {
            Rotate<ushort, BFloat16Element>(byToken, byHead, cosine, sine, heads, tokens, backward);
        }
    }

    private static void Rotate<T, E>(
        Tensor byToken, Tensor byHead, Tensor cosine, Tensor sine, long heads, long tokens, bool backward)
        where T : unmanaged
        where E : IElement<T>
    {
        var (length, turned, size) = (cosine.shape[0], cosine.shape[1], byHead.shape[3]);
        var (flat, split) = (KernelRows.Address(byToken), KernelRows.Address(byHead));
        var (c, s) = (KernelRows.Address(cosine), KernelRows.Address(sine));
        KernelRows.Run(tokens, heads * size, (first, end) =>
        {
            for (long token = first; token < end; token++)
            {
                var (row, position) = (token / length, token % length);
                for (long head = 0; head < heads; head++)
                {
                    T* there = (T*)flat + (((token * heads) + head) * size);
                    T* here = (T*)split + (((((row * heads) + head) * length) + position) * size);
                    var (source, target) = ((nint)(backward ? here : there), (nint)(backward ? there : here));
                    Head<T, E>(
                        (T*)source, (T*)target,
                        (T*)c + (position * turned), (T*)s + (position * turned), turned / 2, backward ? -1 : 1);
                    new ReadOnlySpan<T>((T*)source + turned, (int)(size - turned))
                        .CopyTo(new Span<T>((T*)target + turned, (int)(size - turned)));
                }
            }
        });
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static void Head<T, E>(T* source, T* target, T* cosine, T* sine, long half, float direction)
        where T : unmanaged
        where E : IElement<T>
    {
        var sign = Vector512.Create(direction);
        long i = 0;
        for (; i <= half - Vector512<float>.Count; i += Vector512<float>.Count)
        {
            var (first, second) = (E.Load(source + i), E.Load(source + half + i));
            var (c, s) = (E.Load(cosine + i), E.Load(sine + i) * sign);
            E.Store(E.Round(first * c) - E.Round(second * s), target + i);
            E.Store(E.Round(second * c) + E.Round(first * s), target + half + i);
        }

        for (; i < half; i++)
        {
            var (first, second) = (E.LoadOne(source + i), E.LoadOne(source + half + i));
            var (c, s) = (E.LoadOne(cosine + i), E.LoadOne(sine + i) * direction);
            E.StoreOne(E.RoundOne(first * c) - E.RoundOne(second * s), target + i);
            E.StoreOne(E.RoundOne(second * c) + E.RoundOne(first * s), target + half + i);
        }
    }
}
