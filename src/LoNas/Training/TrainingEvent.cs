namespace LoNas.Training;

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

    /// <summary>An optimiser step was left out, since its loss or gradients were not finite.</summary>
    SkippedStep,
}
