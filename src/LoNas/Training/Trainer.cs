using LoNas.Data;
using LoNas.Elastic;
using LoNas.Models;
using LoNas.Training.Gradients;
using LoNas.Training.LearningRates;
using LoNas.Training.Optimizer;
using static TorchSharp.torch;

namespace LoNas.Training;

/// <summary>
/// Trains a super-adapter: before every micro-batch the schedule may draw a random sub-adapter, gradients reach its slices
/// of the shared weights, and AdamW steps when a window of micro-batches is full.
/// </summary>
public sealed class Trainer : IDisposable
{
    private readonly SuperAdapter _adapter;
    private readonly AdamW _optimizer;
    private readonly LossScaler? _scaler;
    private (long MicroSteps, bool EvaluationDue)? _savedAt;
    private string? _lastCheckpoint;

    /// <summary>Prepares a run from its start. The loss is scaled where the base is float16.</summary>
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
        (_adapter, Schedule, Examples, Options) = (adapter, schedule, examples, options);
        Plan = TrainingPlan.For(examples.Count, options);
        _optimizer = new AdamW(adapter.Parameters, options.WeightDecay);
        _scaler = adapter.Layers.Values.Any(layer => layer.BaseType == ScalarType.Float16) ? new LossScaler() : null;
        MicroStep = new MicroStep(
            model, adapter, _optimizer, _scaler, options.AccumulationSteps, options.GradientCheckpointing, options.Packing);
        OptimizerStep = new OptimizerStep(_optimizer, _scaler, options.MaxGradientNorm);
        Validation = new SuperAdapterValidation(model, adapter, validation, options.BatchSize);
        Randomness = new RunRandomness(options.Seed, adapter);
        State = new TrainerState { MaxSteps = Plan.MaxSteps, EpochCount = Plan.EpochCount };
        Randomness.Remember(State);
    }

    /// <summary>Where the run is.</summary>
    public TrainerState State { get; private set; }

    /// <summary>
    /// The numbers by which messages name the training records, in the examples' order; null counts the examples from 1.
    /// </summary>
    public IReadOnlyList<int>? RecordNumbers { get; init; }

    internal TrainingOptions Options { get; }

    internal TrainingSchedule Schedule { get; }

    internal IReadOnlyList<TrainingExample> Examples { get; }

    internal TrainingPlan Plan { get; }

    internal MicroStep MicroStep { get; }

    internal OptimizerStep OptimizerStep { get; }

    internal SuperAdapterValidation Validation { get; }

    internal RunRandomness Randomness { get; }

    /// <summary>The checkpoint that was last written or gone on from; setting it notes where the run is.</summary>
    internal string? LastCheckpoint
    {
        get => _lastCheckpoint;
        set => (_lastCheckpoint, _savedAt) = (value, (State.MicroStepsDone, State.EvaluationDue));
    }

    /// <summary>Whether that checkpoint still holds all there is.</summary>
    internal bool IsSaved =>
        _savedAt == (State.MicroStepsDone, State.EvaluationDue) && Directory.Exists(_lastCheckpoint);

    /// <summary>Trains until the planned steps are done.</summary>
    /// <param name="report">Called with every record, on this thread.</param>
    /// <param name="saveCheckpoint">Called when a checkpoint is due; returns its folder.</param>
    /// <param name="cancel">Stops after the micro-step under way, with a checkpoint.</param>
    /// <exception cref="OperationCanceledException">Asked to stop.</exception>
    /// <exception cref="TrainingDivergedException">Too many steps in a row had to be skipped.</exception>
    public void Run(
        Action<TrainingRecord> report, Func<Trainer, string>? saveCheckpoint = null, CancellationToken cancel = default)
    {
        SuperAdapterValidation.SetMode(_adapter, training: true);
        try
        {
            NewLoop(report, saveCheckpoint, cancel).Run();
        }
        finally
        {
            SuperAdapterValidation.SetMode(_adapter, training: false);
            _adapter.Activate(null);
        }
    }

    /// <summary>Measures the validation loss of the maximal and the minimal sub-adapter, as after training.</summary>
    /// <param name="report">Called with the record, on this thread.</param>
    /// <param name="saveCheckpoint">Called when it is stopped; returns the checkpoint's folder.</param>
    /// <param name="cancel">Stops after the batch under way, with a checkpoint.</param>
    /// <exception cref="OperationCanceledException">Asked to stop.</exception>
    public void Evaluate(
        Action<TrainingRecord> report, Func<Trainer, string>? saveCheckpoint = null, CancellationToken cancel = default) =>
        NewLoop(report, saveCheckpoint, cancel).Evaluate(owed: false);

    /// <summary>Writes the optimiser's moments and the gradients of an incomplete window.</summary>
    internal void SaveOptimizer(BinaryWriter writer) =>
        OptimizerFile.Write(writer, _optimizer, withGradients: State.WindowSteps > 0);

    /// <summary>Goes on from a saved state.</summary>
    internal void Restore(TrainerState state, BinaryReader optimizer)
    {
        State = state;
        Randomness.Restore(state);
        _scaler?.Restore(state);
        OptimizerFile.Read(optimizer, _optimizer);
    }

    /// <summary>Examples by the numbers that messages name them by.</summary>
    internal IReadOnlyList<int> NumbersOf(IEnumerable<int> examples) =>
        [.. examples.Select(index => RecordNumbers?[index] ?? index + 1)];

    /// <inheritdoc/>
    public void Dispose()
    {
        MicroStep.Dispose();
        _optimizer.Dispose();
    }

    private TrainingLoop NewLoop(Action<TrainingRecord> report, Func<Trainer, string>? save, CancellationToken cancel)
    {
        var reporter = new StepReporter(report, new SpeedMeter(State.TokensSeen));
        return new TrainingLoop(this, reporter, new CheckpointSaver(this, reporter, save), cancel);
    }
}
