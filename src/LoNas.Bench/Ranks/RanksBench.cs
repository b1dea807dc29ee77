using System.Diagnostics;
using System.Runtime.InteropServices;
using LoNas.Distributed;

namespace LoNas.Bench.Ranks;

/// <summary>
/// Moves what a sum over the ranks moves: each sends every other its part of the numbers, and then what the sums of the
/// own part would be goes to all.
/// </summary>
internal sealed class RanksBench(int rounds, ICollectives ranks, CancellationToken cancel) : IDisposable
{
    private static readonly byte[] GoOn = [1];
    private static readonly byte[] Stop = [0];

    /// <summary>Exchanges so many numbers in every round.</summary>
    public Result Measure(int count)
    {
        int part = (count + ranks.Size - 1) / ranks.Size;
        var own = new float[part * ranks.Size];
        var others = new float[own.Length];
        for (int index = 0; index < own.Length; index++)
        {
            own[index] = Number(ranks.Rank, index);
        }

        int[] lengths = [.. Enumerable.Repeat(part * sizeof(float), ranks.Size)];
        var times = new List<double>();
        bool isRight = true;
        for (int round = 0; round < rounds; round++)
        {
            RequireAll();
            long start = Stopwatch.GetTimestamp();
            ranks.Exchange(
                MemoryMarshal.AsBytes(own.AsSpan()), lengths, MemoryMarshal.AsBytes(others.AsSpan()), lengths);
            var sums = ranks.Gather(MemoryMarshal.AsBytes(others.AsSpan(0, part)));
            times.Add(Stopwatch.GetElapsedTime(start).TotalMilliseconds);
            isRight &= IsRight(others, part) && sums.Index().All(rank => IsFirstPart(rank.Item, rank.Index * part));
        }

        double median = times.Order().ElementAt(times.Count / 2);
        double sent = 2.0 * (ranks.Size - 1) * part * sizeof(float);
        return new Result(median, sent / median / 1e6, isRight);
    }

    public void Dispose()
    {
    }

    /// <summary>All stop at the same round, whoever was asked to.</summary>
    private void RequireAll()
    {
        if (ranks.Gather(cancel.IsCancellationRequested ? Stop : GoOn).Any(told => told[0] == Stop[0]))
        {
            throw new OperationCanceledException("interrupted", new OperationCanceledException(), cancel);
        }
    }

    private bool IsRight(float[] others, int part)
    {
        for (int rank = 0; rank < ranks.Size; rank++)
        {
            for (int index = 0; index < part; index++)
            {
                if (others[(rank * part) + index] != Number(rank, (ranks.Rank * part) + index))
                {
                    return false;
                }
            }
        }

        return true;
    }

    private static bool IsFirstPart(byte[] bytes, int start)
    {
        var numbers = MemoryMarshal.Cast<byte, float>(bytes);
        for (int index = 0; index < numbers.Length; index++)
        {
            if (numbers[index] != Number(0, start + index))
            {
                return false;
            }
        }

        return true;
    }

    private static float Number(int rank, int index) => (rank * 31) + (index % 8191);

    /// <param name="Milliseconds">The median of the rounds.</param>
    /// <param name="Rate">10^9 bytes a second that each rank sends.</param>
    /// <param name="IsRight">Whether everything arrived as it was sent.</param>
    internal sealed record Result(double Milliseconds, double Rate, bool IsRight);
}
