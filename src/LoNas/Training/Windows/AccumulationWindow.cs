using System.Diagnostics;
using System.Security.Cryptography;
using LoNas.Distributed;
using TorchSharp.Modules;
using static TorchSharp.torch;
using AdamW = LoNas.Training.Optimizer.AdamW;

namespace LoNas.Training.Windows;

/// <summary>
/// The micro-batches of an optimiser step, dealt to the ranks in blocks of neighbours, and the sum of their gradients.
/// What comes of it does not depend on the number of ranks.
/// </summary>
internal sealed class AccumulationWindow : IDisposable
{
    private readonly ICollectives _ranks;
    private readonly AdamW _optimizer;
    private readonly GradientTree _tree;
    private readonly GradientExchange _exchange;
    private (int From, int To)? _own;

    public AccumulationWindow(ICollectives ranks, AdamW optimizer)
    {
        Parameter[] parameters = [.. optimizer.Moments.Select(entry => entry.Parameter)];
        (_ranks, _optimizer) = (ranks, optimizer);
        (_tree, _exchange) = (new GradientTree(parameters), new GradientExchange(ranks, parameters));
    }

    /// <summary>The sums so far, of this rank's micro-batches.</summary>
    public IReadOnlyList<PartialGradient> Parts => _tree.Parts;

    /// <summary>How long this rank has waited for and exchanged gradients.</summary>
    public TimeSpan ExchangeTime { get; private set; }

    /// <summary>Whether it is not known yet who computes what is left of the window.</summary>
    public bool IsUndealt => _own is null;

    /// <summary>Deals the micro-batches from <paramref name="done"/> on and below <paramref name="end"/>.</summary>
    public void Deal(int done, int end)
    {
        int Bound(int rank) => done + (int)((long)(end - done) * rank / _ranks.Size);
        _own = (Bound(_ranks.Rank), Bound(_ranks.Rank + 1));
    }

    /// <summary>Whether this rank computes a micro-batch of the window.</summary>
    public bool IsOwn(int microBatch) => _own is var (from, to) && microBatch >= from && microBatch < to;

    /// <summary>Takes the gradients of a micro-batch from the parameters.</summary>
    public void Take(int microBatch) => _tree.Take(microBatch);

    /// <summary>Goes on with a window whose first micro-batches are summed up already.</summary>
    public void Restore(IEnumerable<PartialGradient> parts)
    {
        _tree.Dispose();
        _own = null;
        foreach (var part in parts)
        {
            if (_ranks.Rank == 0)
            {
                _tree.Add(part);
            }
            else
            {
                part.Dispose();
            }
        }
    }

    /// <summary>Gives the parameters of every rank the gradients of the whole window.</summary>
    public void Close()
    {
        long start = Stopwatch.GetTimestamp();
        _exchange.Sum(_tree);
        _own = null;
        ExchangeTime += Stopwatch.GetElapsedTime(start);
    }

    /// <summary>Moves the sums so far to rank 0, which can then save them.</summary>
    /// <exception cref="InvalidOperationException">The ranks' parameters are no longer the same.</exception>
    public void Collect()
    {
        RequireSame();
        _exchange.Collect(_tree);
    }

    /// <summary>Reorders a parameter's moments and gradients along a dimension, as the parameter itself was.</summary>
    public void Reorder(Parameter parameter, int dimension, Tensor order)
    {
        _optimizer.Reorder(parameter, dimension, order);
        _tree.Reorder(parameter, dimension, order);
    }

    public void Dispose() => _tree.Dispose();

    /// <summary>Ranks on unlike machines may round differently, which must not pass in silence.</summary>
    /// <exception cref="InvalidOperationException">They have other parameters.</exception>
    public void RequireSame()
    {
        if (_ranks.Size == 1)
        {
            return;
        }

        using var hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        foreach (var entry in _optimizer.Moments)
        {
            using var scope = NewDisposeScope();
            hash.AppendData(entry.Parameter.detach().cpu().contiguous().bytes);
        }

        var all = _ranks.Gather(hash.GetHashAndReset());
        int other = Array.FindIndex(all, each => !each.AsSpan().SequenceEqual(all[0]));
        if (other >= 0)
        {
            throw new InvalidOperationException(
                $"The adapter of rank {other} is no longer that of rank 0 to the bit: their machines round "
                + "differently. Take machines with the same processor or GPU, or the same number of threads, for all "
                + "ranks");
        }
    }
}
