using LoNas.Data;
using LoNas.Errors;

namespace LoNas.Training;

/// <summary>How an adapter is trained; names and defaults follow Hugging Face's TrainingArguments.</summary>
public sealed record TrainingOptions
{
    /// <summary>Passes over the data; 3 by default.</summary>
    public double Epochs { get; init; } = 3;

    /// <summary>Optimiser steps after which training ends; 0, the default, leaves it to <see cref="Epochs"/>.</summary>
    public int MaxSteps { get; init; }

    /// <summary>Sequences of a micro-batch; 8 by default.</summary>
    public int BatchSize { get; init; } = 8;

    /// <summary>Micro-batches of an optimiser step; 1 by default.</summary>
    public int AccumulationSteps { get; init; } = 1;

    /// <summary>
    /// Learning rate of plain LoRA after its warm-up; 5e-5 by default. With a configuration its stages say how fast is
    /// learned.
    /// </summary>
    public double LearningRate { get; init; } = 5e-5;

    /// <summary>How plain LoRA's learning rate goes on, by Hugging Face's name; linear by default.</summary>
    public string LearningRateSchedule { get; init; } = "linear";

    /// <summary>
    /// Optimiser steps of plain LoRA's warm-up; 0, the default, leaves it to <see cref="WarmupRatio"/>.
    /// </summary>
    public int WarmupSteps { get; init; }

    /// <summary>Share of plain LoRA's steps that is warm-up; 0 by default.</summary>
    public double WarmupRatio { get; init; }

    /// <summary>Decoupled weight decay of AdamW; 0 by default.</summary>
    public double WeightDecay { get; init; }

    /// <summary>Norm to which gradients are clipped; 1 by default, 0 turns clipping off.</summary>
    public double MaxGradientNorm { get; init; } = 1;

    /// <summary>
    /// How many optimiser steps in a row may be skipped because their loss or gradients are not finite; 10 by default.
    /// One more ends the run, so with 0 the first one does.
    /// </summary>
    public int MaxSkippedSteps { get; init; } = 10;

    /// <summary>Optimiser steps between two log records; 500 by default.</summary>
    public int LoggingSteps { get; init; } = 500;

    /// <summary>When checkpoints are written; every <see cref="SaveSteps"/> by default.</summary>
    public IntervalStrategy SaveStrategy { get; init; } = IntervalStrategy.Steps;

    /// <summary>Optimiser steps between two checkpoints; 500 by default.</summary>
    public int SaveSteps { get; init; } = 500;

    /// <summary>Most checkpoints kept; null, the default, keeps all.</summary>
    public int? SaveTotalLimit { get; init; }

    /// <summary>
    /// Whether adapters are saved as safetensors, or in PyTorch's own format; safetensors by default.
    /// </summary>
    public bool SaveSafetensors { get; init; } = true;

    /// <summary>Whether the validation loss is measured after the last step too; no by default.</summary>
    public bool EvaluatesAtEnd { get; init; }

    /// <summary>When the validation loss is measured; never by default.</summary>
    public IntervalStrategy EvaluationStrategy { get; init; } = IntervalStrategy.No;

    /// <summary>Optimiser steps between two validations; 500 by default.</summary>
    public int EvaluationSteps { get; init; } = 500;

    /// <summary>
    /// Whether only the inputs of the model's blocks are kept, and the rest is computed again for the gradient (Chen et
    /// al., 2016); no by default.
    /// </summary>
    public bool GradientCheckpointing { get; init; }

    /// <summary>
    /// Whether batches are made of records of similar length (<see cref="Data.LengthGroups"/>); no by default.
    /// </summary>
    public bool GroupByLength { get; init; }

    /// <summary>
    /// The least length that batches are padded to; 0 by default, which pads them to their longest example.
    /// </summary>
    public int PadTo { get; init; }

    /// <summary>Whether padding is left out of all layers but attention; no by default.</summary>
    public bool Packing { get; init; }

    /// <summary>
    /// The length up to which records are put one behind the other, each attending to itself alone; a batch counts such
    /// rows then, not records. Null, the default: every record is a row of its own.
    /// </summary>
    public int? JoinTo { get; init; }

    /// <summary>
    /// Seed of shuffles and sub-adapters; 42 by default. That of dropout and initial weights is the opened model's.
    /// </summary>
    public long Seed { get; init; } = 42;
}

/// <summary>When something is done during training.</summary>
public enum IntervalStrategy
{
    /// <summary>Never.</summary>
    No,

    /// <summary>Every so many optimiser steps.</summary>
    Steps,

    /// <summary>At the end of each epoch.</summary>
    Epoch,
}

/// <summary>How many steps a run takes, counted as Transformers 4.31 counts them.</summary>
/// <param name="MicroStepsPerEpoch">Micro-batches of an epoch, N.</param>
/// <param name="MaxSteps">Optimiser steps of the whole run.</param>
/// <param name="EpochCount">Epochs of the whole run, the last one perhaps in part.</param>
public sealed record TrainingPlan(int MicroStepsPerEpoch, int MaxSteps, int EpochCount)
{
    /// <summary>Checks that every process of a run has a micro-batch in an optimiser step.</summary>
    /// <exception cref="ArgumentException">There are more of them.</exception>
    public void RequireWork(int ranks, TrainingOptions options)
    {
        int window = Math.Min(options.AccumulationSteps, MicroStepsPerEpoch);
        if (window < ranks)
        {
            throw new ArgumentException(
                $"An optimiser step has {window} micro-batch{(window == 1 ? "" : "es")} of {options.BatchSize} "
                + $"records, and {ranks} processes share them; take smaller micro-batches and more of them a step, "
                + "which learns the same, or fewer processes").About(Setting.BatchSize, Setting.AccumulationSteps);
        }
    }

    /// <summary>Plans a run over examples.</summary>
    public static TrainingPlan For(IReadOnlyList<TrainingExample> examples, TrainingOptions options) =>
        For(ExampleBins.Count(examples, options.JoinTo), options);

    /// <summary>Plans a run over <paramref name="exampleCount"/> records, or rows of records.</summary>
    public static TrainingPlan For(int exampleCount, TrainingOptions options)
    {
        int microSteps = (exampleCount + options.BatchSize - 1) / options.BatchSize;
        int updates = Math.Max(1, microSteps / options.AccumulationSteps);
        if (options.MaxSteps > 0)
        {
            return new TrainingPlan(microSteps, options.MaxSteps, (options.MaxSteps + updates - 1) / updates);
        }

        int steps = (int)Math.Ceiling(options.Epochs * updates);
        return new TrainingPlan(microSteps, steps, (int)Math.Ceiling(options.Epochs));
    }
}
