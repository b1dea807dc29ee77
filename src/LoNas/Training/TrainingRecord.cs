namespace LoNas.Training;

/// <summary>What training reports as it goes on. A field is null where the kind of record does not have it.</summary>
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

    /// <summary>Mean loss since the last log record, nats a token.</summary>
    public double? Loss { get; init; }

    /// <summary>Learning rate of the last optimiser step.</summary>
    public double? LearningRate { get; init; }

    /// <summary>Tokens, pads included, computed a second since the last log record.</summary>
    public double? TokensPerSecond { get; init; }

    /// <summary>Resident memory of the process, bytes.</summary>
    public long? ResidentBytes { get; init; }

    /// <summary>Validation loss of the maximal sub-adapter.</summary>
    public double? MaximalLoss { get; init; }

    /// <summary>Validation loss of the minimal sub-adapter.</summary>
    public double? MinimalLoss { get; init; }

    /// <summary>The folder of a checkpoint.</summary>
    public string? Checkpoint { get; init; }
}
