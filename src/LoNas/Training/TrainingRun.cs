using System.Diagnostics;
using System.Globalization;
using System.Text.Json.Nodes;
using LoNas.Data;
using LoNas.Distributed;
using LoNas.Errors;
using LoNas.Formats;
using LoNas.Opening;
using LoNas.Text;
using LoNas.Training.Checkpoints;
using LoNas.Training.Gradients;
using LoNas.Training.LearningRates;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Logging.Abstractions;

namespace LoNas.Training;

/// <summary>
/// Trains the adapter of an opened model, with checkpoints in a folder, and saves it there as a PEFT folder with
/// Hugging Face's files of state and metrics.
/// </summary>
public sealed class TrainingRun : IDisposable
{
    private readonly ElasticModel _model;
    private readonly TrainingData _data;
    private readonly TrainingOptions _options;
    private readonly string? _folder;
    private readonly Trainer _trainer;
    private readonly ICollectives _ranks;
    private string? _resumed;
    private bool _hasOneLine;

    /// <summary>Prepares a run from its start.</summary>
    /// <param name="model">The model, opened with a new or trained adapter.</param>
    /// <param name="data">What is trained on.</param>
    /// <param name="options">How.</param>
    /// <param name="folder">Takes checkpoints and the adapter; null keeps the adapter in memory alone.</param>
    /// <param name="judge">
    /// Measures the sub-adapter in force on the validation records, in place of their loss alone.
    /// </param>
    /// <param name="ranks">
    /// The processes that train together, each with the same model, data and options; null for this one alone. They see
    /// the same folder, in which rank 0 alone writes.
    /// </param>
    /// <exception cref="ArgumentException">
    /// The model has no adapter, or a validation set is to be measured in which no record has a label, or there are
    /// more ranks than an optimiser step has micro-batches.
    /// </exception>
    /// <exception cref="InvalidDataException">Its adapter is of more than linear layers.</exception>
    public TrainingRun(
        ElasticModel model, TrainingData data, TrainingOptions options, string? folder = null,
        Func<CancellationToken, ValidationFigures>? judge = null, ICollectives? ranks = null)
    {
        if (model.Adapter.Options is null)
        {
            throw new ArgumentException("The model has no adapter to train; open it with a new one or a trained one");
        }

        if (model.Adapter.Changes.Embedding is not null)
        {
            throw new InvalidDataException(
                $"The adapter '{model.AdapterFolder}' adapts the embedding too, which is not trained here: go on with "
                + "PEFT, or merge it into its base and train a new adapter of that");
        }

        model.Folder.RequireOneTarget();
        if (options.EvaluatesAtEnd || options.EvaluationStrategy != IntervalStrategy.No)
        {
            data.RequireValidationLabels();
        }

        (_model, _data, _options, _folder) = (model, data, options, folder);
        _ranks = ranks ?? SingleProcess.Instance;
        model.TrainedData = data.Recorded;
        Plan = TrainingPlan.For(data.Training, options);
        _trainer = new Trainer(
            model.Folder.IsClassifier ? TrainingObjective.Of(model.Classifier) : TrainingObjective.Of(model.Causal),
            model.Adapter, ScheduleOf(model, Plan, options), data.Training, data.Validation, options, _ranks)
        {
            RecordNumbers = data.RecordNumbers,
            Judge = judge,
        };
    }

    /// <summary>Is told which checkpoint the run goes on from, and of damaged ones; nobody by default.</summary>
    public ILogger Logger { get; init; } = NullLogger.Instance;

    /// <summary>Writes what else a checkpoint is to hold into its folder; nothing by default.</summary>
    public Action<string>? AlsoSave { get; init; }

    /// <summary>How many steps the run takes.</summary>
    public TrainingPlan Plan { get; }

    /// <summary>Where the run is.</summary>
    public TrainerState State => _trainer.State;

    /// <summary>
    /// The learning rate of every step: the configuration's stages, or plain LoRA's warm-up and decay.
    /// </summary>
    public static TrainingSchedule ScheduleOf(ElasticModel model, TrainingPlan plan, TrainingOptions options) =>
        model.Configuration is { } configuration
            ? Schedules.Elastic(configuration, plan.MicroStepsPerEpoch)
            : Schedules.Plain(new WarmupLearningRate(
                options.LearningRateSchedule, options.LearningRate, plan.MaxSteps, options.WarmupSteps,
                options.WarmupRatio));

    /// <summary>
    /// Goes on from a checkpoint, of this folder or another one. Where its run was to be shorter or longer, the
    /// learning rate follows this run's plan from there on, which the log says.
    /// </summary>
    /// <param name="checkpoint">Its folder.</param>
    /// <exception cref="InvalidDataException">
    /// It is incomplete, damaged, of another run, or already past the end of this one.
    /// </exception>
    public void Resume(string checkpoint)
    {
        int planned = TrainingCheckpoint.Restore(checkpoint, _trainer, _model.Adapter);
        _resumed = checkpoint;
        Logger.Inform($"going on from {checkpoint}, step {State.GlobalStep} of {State.MaxSteps}");
        if (planned != State.MaxSteps)
        {
            Logger.Warn(
                $"the run was to have {planned} steps and now has {State.MaxSteps}: {RateFrom(planned)}",
                Setting.TrainingLength);
        }
    }

    private string RateFrom(int planned)
    {
        if (_model.Configuration is not null)
        {
            return "the configuration's stages go on by the epochs trained so far";
        }

        int step = State.GlobalStep - State.SkippedSteps;
        double Rate(int steps) =>
            ScheduleOf(_model, Plan with { MaxSteps = steps }, _options)(0, 0, step).LearningRate;
        var (now, before) = (Rate(State.MaxSteps), Rate(planned));
        return now == before ? "its learning rate goes on as it was" : string.Create(
            CultureInfo.InvariantCulture,
            $"its {_options.LearningRateSchedule} schedule is laid out anew over all of them, so the learning rate "
            + $"goes on at {now:0.###e+0} and not at {before:0.###e+0}");
    }

    /// <summary>The newest checkpoint of the folder that is whole; null where there is none.</summary>
    public string? NewestCheckpoint() => _ranks.OfFirst(FindNewest);

    private string? FindNewest()
    {
        var choice = TrainingCheckpoint.Newest(_folder ?? throw new InvalidOperationException("The run has no folder"));
        foreach (var (folder, problem) in choice.Damaged)
        {
            Logger.Warn($"the checkpoint '{folder}' is damaged and is passed over: {problem}");
        }

        return choice.Folder;
    }

    /// <summary>
    /// Removes the checkpoints of the folder that this run does not stand on, which the log says: else an interruption
    /// would let it go on from one of them. <see cref="Execute"/> begins with it; who notes elsewhere what the run goes
    /// on from calls it before.
    /// </summary>
    public void RemoveOtherCheckpoints()
    {
        if (_folder is null || _hasOneLine)
        {
            return;
        }

        _hasOneLine = true;
        _ranks.OfFirst(RemoveOthers);
    }

    private string? RemoveOthers()
    {
        var others = TrainingCheckpoint.Others(_folder!, _resumed);
        if (others.Count > 0)
        {
            Logger.Warn(
                $"'{_folder}' has checkpoints that this run does not stand on, since it "
                + (_resumed is null ? "starts anew" : $"goes on from '{_resumed}'")
                + $"; they are removed: {string.Join(", ", others.Select(Path.GetFileName))}");
            TrainingCheckpoint.Remove(others);
        }

        return null;
    }

    /// <summary>
    /// Trains until the planned steps are done, and saves what came of it. Checkpoints that the folder has of another
    /// run are removed.
    /// </summary>
    /// <param name="report">Called with every record, on this thread.</param>
    /// <param name="cancel">Stops after the micro-step under way, with a checkpoint.</param>
    /// <exception cref="TrainingDivergedException">Too many steps in a row were not finite.</exception>
    /// <exception cref="OperationCanceledException">Asked to stop.</exception>
    public void Execute(Action<TrainingRecord>? report = null, CancellationToken cancel = default)
    {
        RemoveOtherCheckpoints();
        long start = Stopwatch.GetTimestamp();
        var told = report ?? (_ => { });
        Func<Trainer, string>? save = _folder is null ? null : SaveCheckpoint;
        _trainer.Run(told, save, cancel);
        if (_options.EvaluatesAtEnd && !_trainer.IsEvaluated)
        {
            _trainer.Evaluate(told, save, cancel);
        }

        _trainer.RequireSameRanks();
        var metrics = Metrics(Stopwatch.GetElapsedTime(start).TotalSeconds);
        State.LogHistory.Add(new Dictionary<string, double>(metrics.Append(new("step", State.GlobalStep))
            .OrderBy(entry => entry.Key, StringComparer.Ordinal)));
        if (_folder is not null && _ranks.Rank == 0)
        {
            _model.Save(_folder, _options.SaveSafetensors);
            TrainerStateFile.Save(_folder, State, _trainer.TotalFlos);
            MetricsFiles.Save(_folder, MetricsFiles.TrainResults, Results(metrics));
        }

        // What is on disk then is what other ranks may read.
        _ranks.Meet();
    }

    /// <inheritdoc/>
    public void Dispose() => _trainer.Dispose();

    private string SaveCheckpoint(Trainer trainer) => TrainingCheckpoint.Save(_folder!, trainer, folder =>
    {
        _model.Save(folder, _options.SaveSafetensors);
        AlsoSave?.Invoke(folder);
    }, _options.SaveTotalLimit);

    /// <summary>What Hugging Face's Trainer logs at the end of a training.</summary>
    private Dictionary<string, double> Metrics(double seconds)
    {
        double samples = _options.MaxSteps > 0
            ? (double)_options.MaxSteps * _options.BatchSize * _options.AccumulationSteps
            : _data.Training.Count * _options.Epochs;
        return new Dictionary<string, double>
        {
            ["epoch"] = PythonNumber.Round(State.Epoch, 2),
            ["total_flos"] = _trainer.TotalFlos,
            ["train_loss"] = State.TotalLoss / Math.Max(1, State.GlobalStep),
            ["train_runtime"] = PythonNumber.Round(seconds, 4),
            ["train_samples_per_second"] = PythonNumber.Round(samples / seconds, 3),
            ["train_steps_per_second"] = PythonNumber.Round(State.MaxSteps / seconds, 3),
        };
    }

    private JsonObject Results(Dictionary<string, double> metrics)
    {
        var results = new JsonObject(metrics.Select(entry => KeyValuePair.Create(entry.Key, (JsonNode?)entry.Value)))
        {
            ["train_samples"] = _data.Training.Count,
        };
        if (State.SkippedSteps > 0)
        {
            results["skipped_steps"] = State.SkippedSteps;
        }

        return new JsonObject(results.OrderBy(entry => entry.Key, StringComparer.Ordinal)
            .Select(entry => KeyValuePair.Create(entry.Key, entry.Value?.DeepClone())));
    }
}
