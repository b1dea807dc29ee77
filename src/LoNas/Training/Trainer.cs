using LoNas.Adapters;
using LoNas.Data;
using LoNas.Models;
using LoNas.Runtime;
using TorchSharp.Modules;
using static TorchSharp.torch;

namespace LoNas.Training;

/// <summary>
/// Trains a super-adapter: before every micro-batch the schedule may draw a random sub-adapter, gradients reach its slices
/// of the shared weights, and AdamW steps when a window of micro-batches is full. Conventions are those of Hugging Face's
/// Trainer 4.31: an incomplete window at an epoch's end carries over into the next.
/// </summary>
public sealed class Trainer : IDisposable
{
    private readonly ICausalModel _model;
    private readonly SuperAdapter _adapter;
    private readonly TrainingOptions _options;
    private readonly TrainingSchedule _schedule;
    private readonly IReadOnlyList<TrainingExample> _examples;
    private readonly IReadOnlyList<TrainingExample> _validation;
    private readonly TrainingPlan _plan;
    private readonly Parameter[] _parameters;
    private readonly AdamW _optimizer;
    private SeededRandom _shuffle;
    private SeededRandom _draws;

    /// <summary>Prepares a run from its start.</summary>
    /// <param name="model">The model, built with the adapter's layers.</param>
    /// <param name="adapter">What is trained.</param>
    /// <param name="schedule">Learning rates and sub-adapter draws.</param>
    /// <param name="examples">Encoded training records.</param>
    /// <param name="validation">Encoded validation records; may be empty.</param>
    /// <param name="options">Everything else.</param>
    public Trainer(
        ICausalModel model,
        SuperAdapter adapter,
        TrainingSchedule schedule,
        IReadOnlyList<TrainingExample> examples,
        IReadOnlyList<TrainingExample> validation,
        TrainingOptions options)
    {
        (_model, _adapter, _schedule, _options) = (model, adapter, schedule, options);
        (_examples, _validation) = (examples, validation);
        _plan = TrainingPlan.For(examples.Count, options);
        _parameters = [.. adapter.Parameters.Select(named => named.Parameter)];
        _optimizer = optim.AdamW(
            _parameters, lr: 0, beta1: 0.9, beta2: 0.999, eps: 1e-8, weight_decay: options.WeightDecay);
        var seeds = new SeededRandom(options.Seed);
        _shuffle = new SeededRandom(seeds.NextSeed());
        _draws = new SeededRandom(seeds.NextSeed());
        State = new TrainerState { MaxSteps = _plan.MaxSteps, EpochCount = _plan.EpochCount };
        RememberRandomness();
    }

    /// <summary>Where the run is.</summary>
    public TrainerState State { get; private set; }

    /// <summary>Trains until the planned steps are done.</summary>
    /// <param name="report">Called with every record, on this thread.</param>
    /// <param name="saveCheckpoint">Called when a checkpoint is due; returns its folder.</param>
    /// <param name="cancel">Stops after the micro-step under way.</param>
    public void Run(
        Action<TrainingRecord> report, Func<Trainer, string>? saveCheckpoint = null, CancellationToken cancel = default)
    {
        var speed = new SpeedMeter(State.TokensSeen);
        SetMode(training: true);
        try
        {
            while (State.GlobalStep < _plan.MaxSteps)
            {
                RunEpoch(new StepReporter(report, speed), saveCheckpoint, cancel);
            }
        }
        finally
        {
            SetMode(training: false);
            _adapter.Activate(null);
        }
    }

    /// <summary>Measures the validation loss of the maximal and the minimal sub-adapter, as after training.</summary>
    public void Evaluate(Action<TrainingRecord> report) => Evaluate(new StepReporter(report, new SpeedMeter(State.TokensSeen)));

    /// <summary>Writes the optimiser's moments and the gradients of an incomplete window.</summary>
    internal void SaveOptimizer(BinaryWriter writer) =>
        OptimizerFile.Write(writer, _optimizer, _parameters, withGradients: State.WindowSteps > 0);

    /// <summary>Goes on from a saved state.</summary>
    internal void Restore(TrainerState state, BinaryReader reader)
    {
        State = state;
        _shuffle = SeededRandom.FromState(state.ShuffleState);
        _draws = SeededRandom.FromState(state.SubAdapterState);
        _adapter.RandomState = Convert.FromBase64String(state.DropoutState);
        if (state.ActiveWidths is { } widths)
        {
            _adapter.Activate(new SubAdapter(widths));
        }

        OptimizerFile.Read(reader, _optimizer, _parameters);
    }

    /// <inheritdoc/>
    public void Dispose() => _optimizer.Dispose();

    private void RunEpoch(StepReporter reporter, Func<Trainer, string>? saveCheckpoint, CancellationToken cancel)
    {
        // The shuffle's state stays that of the epoch's start until the epoch ends: a resumed run shuffles again.
        var order = SeededRandom.FromState(State.ShuffleState);
        var sampler = new BatchSampler(_examples, _options.BatchSize, order);
        foreach (var batch in sampler.Epoch(skippedBatches: State.MicroStep))
        {
            if (State.GlobalStep >= _plan.MaxSteps)
            {
                break;
            }

            StopIfAsked(reporter, saveCheckpoint, cancel);
            var settings = _schedule(State.EpochsFinished, State.MicroStep, State.GlobalStep);
            RunMicroStep(batch, settings);
            State.MicroStep++;
            State.Epoch = State.EpochsFinished + ((double)State.MicroStep / sampler.BatchesPerEpoch);
            bool lastOfShortEpoch = sampler.BatchesPerEpoch <= _options.AccumulationSteps && State.MicroStep == sampler.BatchesPerEpoch;
            if (State.MicroStepsDone % _options.AccumulationSteps == 0 || lastOfShortEpoch)
            {
                OptimizerStep(settings.LearningRate);
                AfterOptimizerStep(reporter, settings.LearningRate, saveCheckpoint);
            }
        }

        // The planned steps may end within an epoch; it then counts as ended, as Transformers saves and evaluates there.
        if (State.MicroStep == sampler.BatchesPerEpoch || State.GlobalStep >= _plan.MaxSteps)
        {
            EndEpoch(order, reporter, saveCheckpoint);
        }
    }

    private void StopIfAsked(StepReporter reporter, Func<Trainer, string>? saveCheckpoint, CancellationToken cancel)
    {
        if (cancel.IsCancellationRequested)
        {
            Save(reporter, saveCheckpoint);
            cancel.ThrowIfCancellationRequested();
        }
    }

    private void RunMicroStep(TokenBatch batch, StepSettings settings)
    {
        using var scope = NewDisposeScope();
        if (settings.Reorganization is { } norm && _adapter.Space is not null)
        {
            ChannelReorganizer.Reorganize(_adapter, norm, MoveMoments);
        }

        if (settings.WidthIndicator > 0 && settings.DrawsSubAdapter)
        {
            _adapter.Activate(_adapter.Space!.Random(_draws, settings.WidthIndicator));
        }
        else if (settings.WidthIndicator == 0)
        {
            _adapter.Activate(null);
        }

        double loss = BlockwiseGradient.Add(
            _model, batch, 1.0 / _options.AccumulationSteps, _options.GradientCheckpointing) ?? 0;
        State.TotalLoss += loss;
        State.LossSinceLog += loss;

        State.WindowSteps++;
        State.MicroStepsDone++;
        State.TokensSeen += batch.InputIds.Length;
    }

    /// <summary>Lets AdamW's moments follow a permuted parameter.</summary>
    private void MoveMoments(Parameter parameter, int dimension, Tensor order)
    {
        int index = Array.FindIndex(_parameters, own => ReferenceEquals(own, parameter));
        var state = (AdamW.State)_optimizer.state_dict().State[index];
        state.exp_avg.copy_(state.exp_avg.index_select(dimension, order));
        state.exp_avg_sq.copy_(state.exp_avg_sq.index_select(dimension, order));
    }

    private void OptimizerStep(double learningRate)
    {
        using var scope = NewDisposeScope();
        if (_options.MaxGradientNorm > 0 && _parameters.Any(HasGradient))
        {
            nn.utils.clip_grad_norm_(_parameters, _options.MaxGradientNorm);
        }

        foreach (var group in _optimizer.ParamGroups)
        {
            group.LearningRate = learningRate;
        }

        _optimizer.step();
        _optimizer.zero_grad();
        State.WindowSteps = 0;
        State.GlobalStep++;
    }

    private static bool HasGradient(Parameter parameter)
    {
        using var gradient = parameter.grad;
        return gradient is not null;
    }

    private void AfterOptimizerStep(StepReporter reporter, double learningRate, Func<Trainer, string>? saveCheckpoint)
    {
        reporter.Step(State);
        if (State.GlobalStep % _options.LoggingSteps == 0)
        {
            reporter.Log(State, learningRate);
        }

        if (_options.EvaluationStrategy == IntervalStrategy.Steps && State.GlobalStep % _options.EvaluationSteps == 0)
        {
            Evaluate(reporter);
        }

        if (_options.SaveStrategy == IntervalStrategy.Steps && State.GlobalStep % _options.SaveSteps == 0)
        {
            Save(reporter, saveCheckpoint);
        }
    }

    private void EndEpoch(SeededRandom shuffled, StepReporter reporter, Func<Trainer, string>? saveCheckpoint)
    {
        _shuffle = shuffled;
        State.EpochsFinished++;
        State.MicroStep = 0;
        if (_options.EvaluationStrategy == IntervalStrategy.Epoch)
        {
            Evaluate(reporter);
        }

        RememberRandomness();
        if (_options.SaveStrategy == IntervalStrategy.Epoch)
        {
            Save(reporter, saveCheckpoint);
        }
    }

    private void Save(StepReporter reporter, Func<Trainer, string>? saveCheckpoint)
    {
        if (saveCheckpoint is not null)
        {
            RememberRandomness();
            reporter.Checkpoint(State, saveCheckpoint(this));
        }
    }

    private void RememberRandomness()
    {
        State.ShuffleState = _shuffle.State;
        State.SubAdapterState = _draws.State;
        State.DropoutState = Convert.ToBase64String(_adapter.RandomState);
        State.ActiveWidths = _adapter.Active?.Widths.ToArray();
    }

    private void Evaluate(StepReporter reporter)
    {
        if (_validation.Count == 0)
        {
            return;
        }

        bool training = IsTraining;
        SetMode(training: false);
        double maximal = LossOf(_adapter.Space?.Maximal);
        double? minimal = _adapter.Space is { } space ? LossOf(space.Minimal) : null;
        SetMode(training);
        reporter.Evaluation(State, maximal, minimal);

        double LossOf(SubAdapter? subAdapter)
        {
            using var active = _adapter.Use(subAdapter);
            return ValidationLoss.Of(_model, _validation, _options.BatchSize);
        }
    }

    private bool IsTraining => _adapter.Layers.Values.Any(layer => layer.training);

    private void SetMode(bool training)
    {
        foreach (var layer in _adapter.Layers.Values)
        {
            layer.train(training);
        }
    }
}
