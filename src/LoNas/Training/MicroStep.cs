using LoNas.Data;
using LoNas.Elastic;
using LoNas.Runtime;
using LoNas.Training.Gradients;
using LoNas.Training.LearningRates;
using LoNas.Training.Optimizer;
using TorchSharp;
using static TorchSharp.torch;

namespace LoNas.Training;

/// <summary>
/// Computes a micro-batch: the sub-adapter that it trains, its loss, and its share of the window's gradients. It does
/// not wait for the device: the losses are read by <see cref="Settle"/>, once per window.
/// </summary>
internal sealed class MicroStep(
    TrainingObjective objective, SuperAdapter adapter, AdamW optimizer, LossScaler? scaler, int accumulationSteps,
    bool checkpointing, bool packing) : IDisposable
{
    private readonly List<Tensor> _losses = [];
    private readonly bool _widens = objective.Device.type == DeviceType.CPU && ProcessorTypes.PrefersFloat32;

    /// <summary>Adds a batch's gradients to those of the window.</summary>
    public void Run(TokenBatch batch, StepSettings settings, SeededRandom draws, TrainerState state)
    {
        using var scope = NewDisposeScope();
        Prepare(settings, draws);
        var step = new GradientShare(1.0 / accumulationSteps, scaler?.Scale ?? 1, checkpointing, packing, _widens);
        if (objective.Begin(batch, step, adapter) is { } loss)
        {
            _losses.Add(loss.DetachFromDisposeScope());
        }

        state.WindowRecords.AddRange(batch.RecordIndices);
        state.WindowSteps++;
        state.MicroStepsDone++;
        state.TokensSeen += batch.InputIds.Length;
    }

    /// <summary>Adds the losses of the micro-batches since the last call to the state.</summary>
    public void Settle(TrainerState state)
    {
        if (_losses.Count == 0)
        {
            return;
        }

        using (var scope = NewDisposeScope())
        {
            foreach (double loss in stack(_losses).cpu().data<double>())
            {
                Count(loss, state);
            }
        }

        Forget();
    }

    public void Dispose() => Forget();

    private void Forget()
    {
        _losses.ForEach(loss => loss.Dispose());
        _losses.Clear();
    }

    private void Prepare(StepSettings settings, SeededRandom draws)
    {
        if (settings.Reorganization is { } norm && adapter.Space is not null)
        {
            ChannelReorganizer.Reorganize(adapter, norm, optimizer.Reorder);
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
}
