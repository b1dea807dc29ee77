namespace LoNas.Training;

/// <summary>How many steps a run takes, counted as Transformers 4.31 counts them.</summary>
/// <param name="MicroStepsPerEpoch">Micro-batches of an epoch, N.</param>
/// <param name="MaxSteps">Optimiser steps of the whole run.</param>
/// <param name="EpochCount">Epochs begun.</param>
public sealed record TrainingPlan(int MicroStepsPerEpoch, int MaxSteps, int EpochCount)
{
    /// <summary>Plans a run over <paramref name="exampleCount"/> records.</summary>
    public static TrainingPlan For(int exampleCount, TrainingOptions options)
    {
        int microSteps = (exampleCount + options.BatchSize - 1) / options.BatchSize;
        int updates = Math.Max(1, microSteps / options.AccumulationSteps);
        return options.MaxSteps > 0
            ? new TrainingPlan(microSteps, options.MaxSteps, ((options.MaxSteps + updates - 1) / updates))
            : new TrainingPlan(microSteps, (int)Math.Ceiling(options.Epochs * updates), (int)Math.Ceiling(options.Epochs));
    }
}
