using System.Buffers;
using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;
using static TorchSharp.torch;

namespace LoNas.Kernels;

/// <summary>
/// Attention of every token to all tokens of its sequence, for sequences one after another without pads. A head of a
/// sequence is computed by one thread, in float32, independently of the others. Forward only.
/// </summary>
internal static unsafe class EncoderAttentionKernel
{
    private const int Queries = 4; // computed at a time
    private const int Lanes = 16;
    private const int Columns = 2 * Lanes; // computed at a time: with the queries, eight sums in registers

    /// <param name="query">[..., N, heads * D] contiguous, N the sum of the lengths.</param>
    /// <param name="key">The same shape.</param>
    /// <param name="value">The same shape.</param>
    /// <param name="lengths">Tokens of each sequence.</param>
    /// <param name="headSize">D.</param>
    /// <returns>The same shape.</returns>
    public static Tensor Forward(Tensor query, Tensor key, Tensor value, IReadOnlyList<int> lengths, int headSize)
    {
        var output = empty_like(query);
        if (query.dtype == ScalarType.Float32)
        {
            Forward<float, Float32Element>(query, key, value, output, [.. lengths], headSize);
        }
        else
        {
            Forward<ushort, BFloat16Element>(query, key, value, output, [.. lengths], headSize);
        }

        return output;
    }

    private static void Forward<T, E>(
        Tensor query, Tensor key, Tensor value, Tensor output, int[] lengths, int size)
        where T : unmanaged
        where E : IElement<T>
    {
        var (q, k, v, y) = (KernelRows.Address(query), KernelRows.Address(key), KernelRows.Address(value),
            KernelRows.Address(output));
        long width = query.shape[^1];
        int heads = (int)(width / size);
        var starts = new long[lengths.Length];
        for (int i = 1; i < starts.Length; i++)
        {
            starts[i] = starts[i - 1] + lengths[i - 1];
        }

        long work = query.numel() * lengths.Max() / ((long)lengths.Length * heads);
        KernelRows.Run((long)lengths.Length * heads, work, (first, end) =>
        {
            var head = new Head(lengths.Max(), size);
            var memory = ArrayPool<float>.Shared.Rent(head.Floats);
            fixed (float* room = memory)
            {
                for (; first < end; first++)
                {
                    var (row, which) = Math.DivRem(first, heads);
                    long place = (starts[row] * width) + (which * size);
                    head.Load<T, E>((T*)k + place, (T*)v + place, room, lengths[row], width);
                    head.Attend<T, E>((T*)q + place, (T*)y + place, room, lengths[row], width);
                }
            }

            ArrayPool<float>.Shared.Return(memory);
        });
    }

    /// <summary>
    /// The working memory of a thread, in floats: keys [D, S], values [S, V], a few queries [4, D], their weights
    /// [4, S] and their results [4, V], S and V being length and D rounded up to whole columns.
    /// </summary>
    private readonly struct Head(int longest, int size)
    {
        private readonly int _values = size * RoundUp(longest);
        private readonly int _queries = (size + RoundUp(size)) * RoundUp(longest);

        public int Floats => _queries + (Queries * (size + RoundUp(longest) + RoundUp(size)));

        /// <summary>
        /// Keys turned about, so that sixteen are multiplied at once, and values, with zeros as padding.
        /// </summary>
        [MethodImpl(MethodImplOptions.AggressiveOptimization)]
        public void Load<T, E>(T* key, T* value, float* room, int length, long width)
            where T : unmanaged
            where E : IElement<T>
        {
            var (padded, wide) = (RoundUp(length), RoundUp(size));
            new Span<float>(room, size * padded).Clear();
            for (int j = 0; j < length; j++, key += width, value += width)
            {
                float* target = room + _values + (j * wide);
                for (int d = 0; d < size; d++)
                {
                    room[(d * padded) + j] = E.LoadOne(key + d);
                    target[d] = E.LoadOne(value + d);
                }

                new Span<float>(target + size, wide - size).Clear();
            }
        }

        public void Attend<T, E>(T* query, T* output, float* room, int length, long width)
            where T : unmanaged
            where E : IElement<T>
        {
            var (padded, wide, scale) = (RoundUp(length), RoundUp(size), 1 / MathF.Sqrt(size));
            float* queries = room + _queries;
            float* weights = queries + (Queries * size);
            float* results = weights + (Queries * padded);
            for (int first = 0; first < length; first += Queries)
            {
                for (int r = 0; r < Queries; r++)
                {
                    T* source = query + (Math.Min(first + r, length - 1) * width);
                    for (int d = 0; d < size; d++)
                    {
                        queries[(r * size) + d] = E.LoadOne(source + d) * scale;
                    }
                }

                Products(queries, size, size, room, padded, weights, padded);
                for (int r = 0; r < Queries; r++)
                {
                    Softmax(weights + (r * padded), length, padded);
                }

                Products(weights, padded, length, room + _values, wide, results, wide);
                for (int r = 0; r < Math.Min(Queries, length - first); r++)
                {
                    for (int d = 0; d < size; d++)
                    {
                        E.StoreOne(results[(r * wide) + d], output + ((first + r) * width) + d);
                    }
                }
            }
        }

        private static int RoundUp(int count) => (count + Columns - 1) / Columns * Columns;
    }

    /// <summary>Four rows times a matrix.</summary>
    /// <param name="rows">[4, stride], of which the first <paramref name="count"/> columns are multiplied.</param>
    /// <param name="stride">From row to row.</param>
    /// <param name="count">Rows of the matrix.</param>
    /// <param name="matrix">[count, width].</param>
    /// <param name="width">Columns of the matrix.</param>
    /// <param name="result">[4, width].</param>
    /// <param name="resultStride">From row to row of the result.</param>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static void Products(
        float* rows, int stride, int count, float* matrix, int width, float* result, int resultStride)
    {
        for (int column = 0; column < width; column += Columns)
        {
            Vector512<float> a0 = default, a1 = default, b0 = default, b1 = default;
            Vector512<float> c0 = default, c1 = default, d0 = default, d1 = default;
            float* source = matrix + column;
            for (int i = 0; i < count; i++, source += width)
            {
                var (left, right) = (Vector512.Load(source), Vector512.Load(source + Lanes));
                var factor = Vector512.Create(rows[i]);
                a0 = Vector512.FusedMultiplyAdd(factor, left, a0);
                a1 = Vector512.FusedMultiplyAdd(factor, right, a1);
                factor = Vector512.Create(rows[stride + i]);
                b0 = Vector512.FusedMultiplyAdd(factor, left, b0);
                b1 = Vector512.FusedMultiplyAdd(factor, right, b1);
                factor = Vector512.Create(rows[(2 * stride) + i]);
                c0 = Vector512.FusedMultiplyAdd(factor, left, c0);
                c1 = Vector512.FusedMultiplyAdd(factor, right, c1);
                factor = Vector512.Create(rows[(3 * stride) + i]);
                d0 = Vector512.FusedMultiplyAdd(factor, left, d0);
                d1 = Vector512.FusedMultiplyAdd(factor, right, d1);
            }

            float* target = result + column;
            a0.Store(target);
            a1.Store(target + Lanes);
            b0.Store(target + resultStride);
            b1.Store(target + resultStride + Lanes);
            c0.Store(target + (2 * resultStride));
            c1.Store(target + (2 * resultStride) + Lanes);
            d0.Store(target + (3 * resultStride));
            d1.Store(target + (3 * resultStride) + Lanes);
        }
    }

    /// <summary>Softmax of one row in place; the padding gets no weight.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static void Softmax(float* row, int length, int padded)
    {
        new Span<float>(row + length, padded - length).Fill(float.NegativeInfinity);
        var most = Vector512.Create(float.NegativeInfinity);
        for (int j = 0; j < padded; j += Lanes)
        {
            most = Vector512.Max(most, Vector512.Load(row + j));
        }

        float largest = float.NegativeInfinity;
        for (int lane = 0; lane < Lanes; lane++)
        {
            largest = MathF.Max(largest, most[lane]);
        }

        var (sums, shift) = (Vector512<float>.Zero, Vector512.Create(largest));
        for (int j = 0; j < padded; j += Lanes)
        {
            var power = Exponential.Of(Vector512.Load(row + j) - shift);
            power.Store(row + j);
            sums += power;
        }

        var inverse = Vector512.Create(1 / Vector512.Sum(sums));
        for (int j = 0; j < padded; j += Lanes)
        {
            (Vector512.Load(row + j) * inverse).Store(row + j);
        }
    }
}
