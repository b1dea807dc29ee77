namespace LoNas.Training;

/// <summary>What training reports while it runs. Fields that a kind of record does not have are null.</summary>
public sealed record TrainingRecord
{
    /// <summary>What the record is about.</summary>
    public required TrainingEvent Event { get; init; }

    /// <summary>Optimiser steps done.</summary>
    public required int Step { get; init; }

    /// <summary>Optimiser steps of the whole run.</summary>
    public required int MaxSteps { get; init; }

    /// <summary>Epochs done, with their fraction.</summary>
    public required double Epoch { get; init; }

    /// <summary>Mean loss since the last log record, nats per token.</summary>
    public double? Loss { get; init; }

    /// <summary>
    /// The learning rate as Hugging Face logs it: plain LoRA's for the step to come, a configuration's of the last one.
    /// </summary>
    public double? LearningRate { get; init; }

    /// <summary>Tokens computed per second since the last log record, padding included.</summary>
    public double? TokensPerSecond { get; init; }

    /// <summary>How fast each rank computes; null where there is one.</summary>
    public RankFigures? Ranks { get; init; }

    /// <summary>Resident memory of the process, bytes.</summary>
    public long? ResidentBytes { get; init; }

    /// <summary>Validation loss of the maximal sub-adapter.</summary>
    public double? MaximalLoss { get; init; }

    /// <summary>Validation loss of the minimal sub-adapter.</summary>
    public double? MinimalLoss { get; init; }

    /// <summary>All validation figures of the maximal sub-adapter, the loss among them.</summary>
    public IReadOnlyDictionary<string, double>? Maximal { get; init; }

    /// <summary>Those of the minimal sub-adapter.</summary>
    public IReadOnlyDictionary<string, double>? Minimal { get; init; }

    /// <summary>The folder of a checkpoint.</summary>
    public string? Checkpoint { get; init; }

    /// <summary>
    /// The records of a skipped step's micro-batches, by their numbers in <see cref="Trainer.RecordNumbers"/>.
    /// </summary>
    public IReadOnlyList<int>? Records { get; init; }

    /// <summary>What was not finite in a skipped step: <c>loss</c> or <c>gradients</c>.</summary>
    public string? NotFinite { get; init; }

    /// <summary>Steps skipped in a row, this one included.</summary>
    public int? SkippedInARow { get; init; }

    /// <summary>Steps skipped in the whole run.</summary>
    public int? SkippedSteps { get; init; }

    /// <summary>The factor that the loss is multiplied by from now on; null where losses are not scaled.</summary>
    public double? LossScale { get; init; }
}

/// <summary>The ranks of a training since the last log record.</summary>
/// <param name="TokensPerSecond">Of each rank while it computes, padding included.</param>
/// <param name="ExchangeShare">
/// The share of its time that the rank which waits least spends on gradients of others, from 0 to 1.
/// </param>
public sealed record RankFigures(IReadOnlyList<double> TokensPerSecond, double ExchangeShare);

/// <summary>Kinds of <see cref="TrainingRecord"/>.</summary>
public enum TrainingEvent
{
    /// <summary>An optimiser step was done.</summary>
    Step,

    /// <summary>A log interval ended.</summary>
    Log,

    /// <summary>The validation loss was measured.</summary>
    Evaluation,

    /// <summary>A checkpoint was written.</summary>
    Checkpoint,

    /// <summary>An optimiser step was skipped because its loss or gradients were not finite.</summary>
    SkippedStep,
}
