using LoNas.Data;
using LoNas.Distributed;
using LoNas.Elastic;
using LoNas.Errors;
using LoNas.Models;
using LoNas.Training.Checkpoints;
using LoNas.Training.Gradients;
using LoNas.Training.LearningRates;
using LoNas.Training.Optimizer;
using LoNas.Training.Windows;
using static TorchSharp.torch;

namespace LoNas.Training;

/// <summary>
/// Trains a super-adapter. Before every micro-batch the schedule may draw a random sub-adapter; the gradients then
/// reach its slices of the shared weights, and AdamW steps once a window of micro-batches is full.
/// </summary>
/// <remarks>
/// It builds the parts of a run and owns what outlives a session: state, optimiser and generators. How these parts work
/// together is in <see cref="TrainingLoop"/>.
/// </remarks>
public sealed class Trainer : IDisposable
{
    private readonly SuperAdapter _adapter;
    private readonly TrainingSchedule _schedule;
    private readonly TrainingOptions _options;
    private readonly AdamW _optimizer;
    private readonly LossScaler? _scaler;
    private readonly ICollectives _ranks;
    private readonly AccumulationWindow _window;
    private readonly MicroStep _microStep;
    private readonly OptimizerStep _optimizerStep;
    private readonly SuperAdapterValidation _validation;
    private readonly RunRandomness _randomness;
    private readonly LastCheckpoint _lastCheckpoint = new();
    private readonly Lazy<long> _weights;
    private readonly bool _hasDropout;

    /// <summary>Prepares the run of a language model from its start.</summary>
    /// <param name="model">The model, built with the adapter's layers.</param>
    /// <param name="adapter">What is trained.</param>
    /// <param name="schedule">Learning rates and sub-adapter draws.</param>
    /// <param name="examples">Encoded training records.</param>
    /// <param name="validation">Encoded validation records; may be empty.</param>
    /// <param name="options">Everything else.</param>
    /// <param name="ranks">The processes that train together; null for this one alone.</param>
    public Trainer(
        ICausalModel model,
        SuperAdapter adapter,
        TrainingSchedule schedule,
        IReadOnlyList<TrainingExample> examples,
        IReadOnlyList<TrainingExample> validation,
        TrainingOptions options,
        ICollectives? ranks = null)
        : this(TrainingObjective.Of(model), adapter, schedule, examples, validation, options, ranks)
    {
    }

    /// <summary>Prepares a run from its start. The loss is scaled if the base is float16.</summary>
    /// <param name="objective">The loss of the model, built with the adapter's layers.</param>
    /// <param name="adapter">What is trained.</param>
    /// <param name="schedule">Learning rates and sub-adapter draws.</param>
    /// <param name="examples">Encoded training records.</param>
    /// <param name="validation">Encoded validation records; may be empty.</param>
    /// <param name="options">Everything else.</param>
    /// <param name="ranks">The processes that train together; null for this one alone.</param>
    /// <exception cref="ArgumentException">There are more ranks than an optimiser step has micro-batches.</exception>
    public Trainer(
        TrainingObjective objective,
        SuperAdapter adapter,
        TrainingSchedule schedule,
        IReadOnlyList<TrainingExample> examples,
        IReadOnlyList<TrainingExample> validation,
        TrainingOptions options,
        ICollectives? ranks = null)
    {
        (_adapter, _schedule, Examples, _options) = (adapter, schedule, examples, options);
        Plan = TrainingPlan.For(examples, options);
        _optimizer = new AdamW(adapter.Parameters, options.WeightDecay);
        _ranks = ranks ?? SingleProcess.Instance;
        Plan.RequireWork(_ranks.Size, options);
        _window = new AccumulationWindow(_ranks, _optimizer);
        _scaler = adapter.Layers.Values.Any(layer => layer.BaseType == ScalarType.Float16) ? new LossScaler() : null;
        _microStep = new MicroStep(
            objective,
            adapter,
            _window,
            _ranks,
            _scaler,
            options.AccumulationSteps,
            options.GradientCheckpointing,
            options.Packing);
        _optimizerStep = new OptimizerStep(_optimizer, _scaler, options.MaxGradientNorm);
        _validation = new SuperAdapterValidation(objective, adapter, validation, options.BatchSize, _ranks);
        _randomness = new RunRandomness(options.Seed, adapter);
        _hasDropout = adapter.Options?.Dropout > 0 || objective.HasDropout;
        _weights = new Lazy<long>(() => objective.WeightsOutsideEmbeddings);
        State = new TrainerState { MaxSteps = Plan.MaxSteps, EpochCount = Plan.EpochCount };
        _randomness.Remember(State);
    }

    /// <summary>Where the run is.</summary>
    public TrainerState State { get; private set; }

    /// <summary>
    /// The numbers by which messages name the training records, in the order of the examples; null counts them from 1.
    /// </summary>
    public IReadOnlyList<int>? RecordNumbers { get; init; }

    /// <summary>
    /// Measures the sub-adapter in force on the validation records, in place of their loss alone; null: the loss.
    /// </summary>
    public Func<CancellationToken, ValidationFigures>? Judge
    {
        init => _validation.Judge = value;
    }

    internal IReadOnlyList<TrainingExample> Examples { get; }

    internal TrainingPlan Plan { get; }

    internal int AccumulationSteps => _options.AccumulationSteps;

    /// <summary>
    /// Floating-point operations so far as Hugging Face counts them: six for each token, pads included, and each
    /// parameter that is not in an embedding.
    /// </summary>
    internal double TotalFlos => 6.0 * State.TokensSeen * _weights.Value;

    /// <summary>Whether the last that was logged is a validation of the adapter as it is.</summary>
    internal bool IsEvaluated => State.LogHistory.LastOrDefault() is { } last
        && last["step"] == State.GlobalStep
        && (last.ContainsKey(LogKeys.Loss) || last.ContainsKey(LogKeys.MaximalLoss));

    /// <summary>Trains until the planned steps are done.</summary>
    /// <param name="report">Called with every record, on this thread.</param>
    /// <param name="saveCheckpoint">Called when a checkpoint is due; returns its folder.</param>
    /// <param name="cancel">Stops after the current micro-step, with a checkpoint.</param>
    /// <exception cref="OperationCanceledException">Cancellation was requested.</exception>
    /// <exception cref="TrainingDivergedException">Too many steps in a row had to be skipped.</exception>
    public void Run(
        Action<TrainingRecord> report,
        Func<Trainer, string>? saveCheckpoint = null,
        CancellationToken cancel = default)
    {
        _validation.SetMode(training: true);
        try
        {
            NewLoop(report, saveCheckpoint, cancel).Run();
        }
        finally
        {
            _validation.SetMode(training: false);
            _adapter.Activate(null);
        }
    }

    /// <summary>
    /// Measures the validation loss of the maximal and the minimal sub-adapter, as is done after training.
    /// </summary>
    /// <param name="report">Called with the record, on this thread.</param>
    /// <param name="saveCheckpoint">Called if the measurement is cancelled; returns the checkpoint's folder.</param>
    /// <param name="cancel">Stops after the current batch, with a checkpoint.</param>
    /// <exception cref="OperationCanceledException">Cancellation was requested.</exception>
    public void Evaluate(
        Action<TrainingRecord> report,
        Func<Trainer, string>? saveCheckpoint = null,
        CancellationToken cancel = default) =>
        NewLoop(report, saveCheckpoint, cancel).Evaluate(owed: false);

    /// <summary>Checks that all ranks have the same adapter.</summary>
    /// <exception cref="InvalidOperationException">Their machines round differently.</exception>
    internal void RequireSameRanks() => _window.RequireSame();

    /// <summary>Writes the optimiser's moments and the gradients of an incomplete window.</summary>
    internal void SaveOptimizer(BinaryWriter writer) => OptimizerFile.Write(writer, _optimizer, _window.Parts);

    /// <summary>Resumes from a checkpoint, whose adapter weights are already loaded.</summary>
    /// <param name="checkpoint">Its folder.</param>
    /// <param name="state">Its state.</param>
    /// <param name="optimizer">What <see cref="SaveOptimizer"/> wrote.</param>
    internal void Restore(string checkpoint, TrainerState state, BinaryReader optimizer)
    {
        RequireSameDraws(checkpoint, state);
        // What ended an epoch early is over where the plan has grown.
        State = state.MaxSteps == Plan.MaxSteps
            ? state
            : state with { MaxSteps = Plan.MaxSteps, EpochCount = Plan.EpochCount, EpochEnded = false };
        try
        {
            _randomness.Restore(State);
        }
        catch (InvalidDataException error)
        {
            throw TrainingCheckpoint.Damaged(checkpoint, error.Message, error);
        }

        _scaler?.Restore(state.LossScale, state.LossScaleGoodSteps);
        _window.Restore(OptimizerFile.Read(optimizer, _optimizer, State.WindowSteps));
        _lastCheckpoint.Set(checkpoint, State);
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        _microStep.Dispose();
        _window.Dispose();
        _optimizer.Dispose();
    }

    /// <summary>
    /// Earlier versions drew dropout on from one micro-batch to the next, and added gradients in their order.
    /// </summary>
    private void RequireSameDraws(string checkpoint, TrainerState state)
    {
        if (state.DropoutSeed is null && (_hasDropout || _options.AccumulationSteps > 2))
        {
            throw new InvalidDataException(
                $"The checkpoint '{checkpoint}' was written by an earlier version of this program, which drew dropout "
                + "and added gradients in another order; finish its run with that version, or start it again")
                .About(Setting.StartAgain);
        }
    }

    private TrainingLoop NewLoop(
        Action<TrainingRecord> report, Func<Trainer, string>? saveCheckpoint, CancellationToken cancel)
    {
        Func<string>? save = saveCheckpoint is null ? null : () => saveCheckpoint(this);
        var reporter = new StepReporter(State, RecordNumbers, new RankSpeeds(_ranks, _microStep, _window), report);
        var saver = new CheckpointSaver(
            State, _ranks, _microStep, _window, _randomness, _lastCheckpoint, reporter, save);
        return new TrainingLoop(
            State,
            _options,
            _schedule,
            Examples,
            _randomness,
            _ranks,
            _microStep,
            _window,
            _optimizerStep,
            _validation,
            reporter,
            saver,
            cancel);
    }
}
