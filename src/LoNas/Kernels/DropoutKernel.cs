using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;
using static TorchSharp.torch;

namespace LoNas.Kernels;

/// <summary>
/// Dropout whose mask is a function of a seed and the index of the element (Salmon et al., 2011, on counter-based
/// generators). The mask is never stored: the backward pass computes it again.
/// </summary>
internal static unsafe class DropoutKernel
{
    private const long Piece = 1 << 12;

    /// <summary>Drops elements and scales the rest by 1 / (1 - p).</summary>
    /// <param name="input">Contiguous.</param>
    /// <param name="seed">The seed of the mask.</param>
    /// <param name="probability">The probability p that an element is dropped.</param>
    /// <returns>A tensor with the shape and type of the input.</returns>
    public static Tensor Apply(Tensor input, ulong seed, double probability)
    {
        var output = empty_like(input);
        Run(input, null, output, seed, probability);
        return output;
    }

    /// <summary>
    /// Applies the same dropout to <paramref name="addend"/> and adds the result to <paramref name="sum"/>.
    /// </summary>
    public static void Add(Tensor sum, Tensor addend, ulong seed, double probability) =>
        Run(addend, sum, sum, seed, probability);

    private static void Run(Tensor input, Tensor? sum, Tensor output, ulong seed, double probability)
    {
        if (input.dtype == ScalarType.Float32)
        {
            Run<float, Float32Element>(input, sum, output, seed, probability);
        }
        else
        {
            Run<ushort, BFloat16Element>(input, sum, output, seed, probability);
        }
    }

    private static void Run<T, E>(Tensor input, Tensor? sum, Tensor output, ulong seed, double probability)
        where T : unmanaged
        where E : IElement<T>
    {
        long count = input.numel();
        var (x, y) = (KernelRows.Address(input), KernelRows.Address(output));
        bool adds = sum is not null;
        uint kept = (uint)((1 - probability) * uint.MaxValue);
        float scale = (float)(1 / (1 - probability));
        KernelRows.Run((count + Piece - 1) / Piece, Piece, (first, end) =>
            Run<T, E>((T*)x, (T*)y, first * Piece, Math.Min(count, end * Piece), adds, kept, scale, seed));
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static void Run<T, E>(T* input, T* output, long i, long end, bool adds, uint kept, float scale, ulong seed)
        where T : unmanaged
        where E : IElement<T>
    {
        for (; i < end; i += Vector512<float>.Count)
        {
            var mask = Vector512.LessThan(Hash(i, seed), Vector512.Create(kept)).AsSingle();
            if (i + Vector512<float>.Count <= end)
            {
                var value = Vector512.ConditionalSelect(mask, E.Load(input + i) * scale, Vector512<float>.Zero);
                E.Store(adds ? E.Load(output + i) + value : value, output + i);
                continue;
            }

            for (int lane = 0; i + lane < end; lane++)
            {
                float value = mask.AsUInt32()[lane] != 0 ? E.LoadOne(input + i + lane) * scale : 0;
                E.StoreOne(adds ? E.LoadOne(output + i + lane) + value : value, output + i + lane);
            }
        }
    }

    /// <summary>
    /// Sixteen random words for sixteen indices: two rounds of a finaliser like MurmurHash's, keyed by the seed.
    /// </summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static Vector512<uint> Hash(long place, ulong seed)
    {
        var word = Vector512.Create((uint)place) + Vector512<uint>.Indices;
        word = Mix(word ^ Vector512.Create((uint)seed));
        return Mix(word ^ Vector512.Create((uint)(seed >> 32) + (uint)(place >> 32)));
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static Vector512<uint> Mix(Vector512<uint> word)
    {
        word = (word ^ (word >>> 16)) * 0x7FEB352Du;
        word = (word ^ (word >>> 15)) * 0x846CA68Bu;
        return word ^ (word >>> 16);
    }
}
