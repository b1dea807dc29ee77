using LoNas.Elastic;
using LoNas.Formats.Nncf;

namespace LoNas.Training.LearningRates;

/// <summary>
/// Gives the settings of a micro-step. It is a pure function, so that an interrupted run continues with the same
/// settings.
/// </summary>
/// <param name="epoch">Epochs finished.</param>
/// <param name="microStep">Micro-steps finished in this epoch.</param>
/// <param name="optimizerStep">Optimiser steps finished in the run.</param>
public delegate StepSettings TrainingSchedule(int epoch, int microStep, int optimizerStep);

/// <summary>What a schedule says about one micro-step.</summary>
/// <param name="LearningRate">Learning rate, if the optimiser steps after this micro-step.</param>
/// <param name="WidthIndicator">How many entries of each group's list may be drawn; 0 keeps the model uncut.</param>
/// <param name="DrawsSubAdapter">Whether a new sub-adapter is drawn before this micro-step.</param>
/// <param name="Reorganization">
/// The norm by which channels are sorted before this micro-step; null leaves their order.
/// </param>
public readonly record struct StepSettings(
    double LearningRate, int WidthIndicator, bool DrawsSubAdapter, ChannelNorm? Reorganization = null)
{
    /// <summary>
    /// What is logged once the optimiser has stepped: Hugging Face's scheduler has moved on by then, and gives the rate
    /// of the step to come. Null: <see cref="LearningRate"/>, as with NNCF's, which moves on with the next micro-batch.
    /// </summary>
    public double? NextLearningRate { get; init; }
}

/// <summary>The two schedules of a run.</summary>
public static class Schedules
{
    /// <summary>
    /// LoNAS: stages of random sub-adapters; each stage has its learning rate, unless there is a global one.
    /// </summary>
    /// <param name="configuration">The stages.</param>
    /// <param name="microStepsPerEpoch">Micro-batches of an epoch.</param>
    public static TrainingSchedule Elastic(NncfConfiguration configuration, int microStepsPerEpoch)
    {
        var stages = new StageSchedule(configuration.Stages);
        var global = configuration.GlobalSchedule is { } schedule
            ? new GlobalLearningRate(schedule, microStepsPerEpoch)
            : null;
        return (epoch, microStep, _) =>
        {
            var stage = stages.StageAt(epoch);
            int epochInStage = stages.EpochInStage(epoch);
            double rate = global?.At(epoch, microStep)
                ?? new StageLearningRate(stage.InitLearningRate, stage.LearningRateEpochs, microStepsPerEpoch)
                    .At(epochInStage, microStep);
            long stepInStage = ((long)epochInStage * microStepsPerEpoch) + microStep;
            return new StepSettings(
                rate,
                stage.TrainsWidth ? stage.WidthIndicator : 0,
                stepInStage % stage.SampleRate == 0,
                stage.ReorganizeWeights && stepInStage == 0 ? configuration.FilterImportance : null);
        };
    }

    /// <summary>Plain LoRA: the uncut model with warm-up and decay over optimiser steps.</summary>
    public static TrainingSchedule Plain(WarmupLearningRate learningRate) =>
        (_, _, optimizerStep) =>
            new StepSettings(learningRate.At(optimizerStep), WidthIndicator: 0, DrawsSubAdapter: false)
            {
                NextLearningRate = learningRate.At(optimizerStep + 1),
            };
}
