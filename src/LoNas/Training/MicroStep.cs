using System.Diagnostics;
using LoNas.Data;
using LoNas.Distributed;
using LoNas.Elastic;
using LoNas.Runtime;
using LoNas.Training.Gradients;
using LoNas.Training.LearningRates;
using LoNas.Training.Optimizer;
using LoNas.Training.Windows;
using TorchSharp;
using static TorchSharp.torch;

namespace LoNas.Training;

/// <summary>
/// Computes a micro-batch: the sub-adapter that it trains, its loss, and its share of the window's gradients. Every
/// rank makes all draws, and computes the micro-batches that are dealt to it. It does not wait for the device: the
/// losses are read by <see cref="Settle"/>, once per window.
/// </summary>
internal sealed class MicroStep(
    TrainingObjective objective, SuperAdapter adapter, AccumulationWindow window, ICollectives ranks,
    LossScaler? scaler, int accumulationSteps, bool checkpointing, bool packing) : IDisposable
{
    private readonly List<(int MicroBatch, Tensor Loss)> _losses = [];
    private readonly bool _widens = objective.Device.type == DeviceType.CPU && ProcessorTypes.PrefersFloat32;

    /// <summary>How long this rank has computed.</summary>
    public TimeSpan ComputeTime { get; private set; }

    /// <summary>Tokens that this rank has computed, padding included.</summary>
    public long TokensComputed { get; private set; }

    /// <summary>Adds a batch's gradients to those of the window.</summary>
    public void Run(TokenBatch batch, StepSettings settings, SeededRandom draws, TrainerState state)
    {
        Prepare(settings, draws);
        if (window.IsOwn(state.WindowSteps))
        {
            Compute(batch, state);
        }

        state.WindowRecords.AddRange(batch.RecordIndices);
        state.WindowSteps++;
        state.MicroStepsDone++;
        state.TokensSeen += batch.ComputedCount;
    }

    /// <summary>Adds the losses of all ranks' micro-batches since the last call to the state.</summary>
    public void Settle(TrainerState state)
    {
        var all = ranks.GatherAll<Settled>(Read()).SelectMany(each => each);
        foreach (var settled in all.OrderBy(each => each.MicroBatch))
        {
            Count(settled.Loss, state);
        }
    }

    public void Dispose() => Forget();

    private void Compute(TokenBatch batch, TrainerState state)
    {
        long start = Stopwatch.GetTimestamp();
        using var scope = NewDisposeScope();
        adapter.SeedDropout(state.MicroStepsDone);
        var step = new GradientShare(1.0 / accumulationSteps, scaler?.Scale ?? 1, checkpointing, packing, _widens);
        if (objective.Begin(batch, step, adapter) is { } loss)
        {
            _losses.Add((state.WindowSteps, loss.DetachFromDisposeScope()));
        }

        window.Take(state.WindowSteps);
        TokensComputed += batch.ComputedCount;
        ComputeTime += Stopwatch.GetElapsedTime(start);
    }

    private Settled[] Read()
    {
        if (_losses.Count == 0)
        {
            return [];
        }

        using var scope = NewDisposeScope();
        Settled[] read = [.. stack(_losses.Select(each => each.Loss)).cpu().data<double>()
            .Select((loss, index) => new Settled(_losses[index].MicroBatch, loss))];
        Forget();
        return read;
    }

    private void Forget()
    {
        _losses.ForEach(each => each.Loss.Dispose());
        _losses.Clear();
    }

    private void Prepare(StepSettings settings, SeededRandom draws)
    {
        if (settings.Reorganization is { } norm && adapter.Space is not null)
        {
            ChannelReorganizer.Reorganize(adapter, norm, window.Reorder);
        }

        if (settings.WidthIndicator > 0 && settings.DrawsSubAdapter)
        {
            adapter.Activate(adapter.Space!.Random(draws, settings.WidthIndicator));
        }
        else if (settings.WidthIndicator == 0)
        {
            adapter.Activate(null);
        }
    }

    /// <summary>
    /// A loss that is not finite spoils its window. The log counts the mean since its last record instead, like Hugging
    /// Face's <c>logging_nan_inf_filter</c>.
    /// </summary>
    private static void Count(double loss, TrainerState state)
    {
        bool isFinite = double.IsFinite(loss);
        double counted = isFinite ? loss : state.LossSinceLog / (1 + state.GlobalStep - state.LastLoggedStep);
        state.WindowLossNotFinite |= !isFinite;
        state.TotalLoss += counted;
        state.LossSinceLog += counted;
    }

    /// <summary>The loss of a micro-batch of the window.</summary>
    private readonly record struct Settled(long MicroBatch, double Loss);
}
