using System.Diagnostics;
using LoNas.Distributed;
using LoNas.Training.Windows;
using TorchSharp.Modules;
using static TorchSharp.torch;

namespace LoNas.Bench.Ranks;

/// <summary>
/// Sums gradients over the ranks as a training does at the end of each optimiser step.
/// </summary>
internal sealed class RanksBench(int rounds, ICollectives ranks, CancellationToken cancel) : IDisposable
{
    private const int Period = 8191;

    /// <summary>Sums so many numbers in every round.</summary>
    public Result Measure(int count)
    {
        using var scope = NewDisposeScope();
        Parameter[] parameters = [new(zeros(count))];
        var exchange = new GradientExchange(ranks, parameters);
        var times = new List<double>();
        bool isRight = true;
        for (int round = 0; round < rounds; round++)
        {
            using var tree = new GradientTree(parameters);
            parameters[0].grad = Numbers(count);
            tree.Take(ranks.Rank);
            RequireAll();
            long start = Stopwatch.GetTimestamp();
            exchange.Sum(tree);
            times.Add(Stopwatch.GetElapsedTime(start).TotalMilliseconds);
            isRight &= IsRight(parameters[0].grad!.data<float>());
        }

        double median = times.Order().ElementAt(times.Count / 2);
        double sent = 2.0 * (ranks.Size - 1) / ranks.Size * count * sizeof(float);
        return new Result(median, sent / median / 1e6, isRight);
    }

    public void Dispose()
    {
    }

    /// <summary>All stop at the same round, whoever was asked to.</summary>
    private void RequireAll()
    {
        if (ranks.Any(cancel.IsCancellationRequested))
        {
            throw new OperationCanceledException("interrupted", new OperationCanceledException(), cancel);
        }
    }

    private static Tensor Numbers(int count) =>
        arange(Period, ScalarType.Float32).repeat((count / Period) + 1).narrow(0, 0, count).clone();

    /// <summary>The ranks have the same numbers, small and whole, so that their sum is exact.</summary>
    private bool IsRight(IEnumerable<float> sums) =>
        sums.Index().All(each => each.Item == ranks.Size * (float)(each.Index % Period));

    /// <param name="Milliseconds">The median of the rounds.</param>
    /// <param name="Rate">10^9 bytes a second that each rank sends.</param>
    /// <param name="IsRight">Whether everything arrived as it was sent.</param>
    internal sealed record Result(double Milliseconds, double Rate, bool IsRight);
}
