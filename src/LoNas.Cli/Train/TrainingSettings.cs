using System.Globalization;
using LoNas.Cli.Flags;
using LoNas.Data;
using LoNas.Training;
using LoNas.Training.LearningRates;

namespace LoNas.Cli.Train;

/// <summary>Turns the command's flags into the trainer's options and schedule.</summary>
internal static class TrainingSettings
{
    public static TrainingOptions Of(RunOptions options) => new()
    {
        Epochs = options.Training.Epochs,
        MaxSteps = Math.Max(0, options.Training.MaxSteps),
        BatchSize = options.Training.PerDeviceTrainBatchSize,
        AccumulationSteps = options.Training.GradientAccumulationSteps,
        WeightDecay = options.Training.WeightDecay,
        MaxGradientNorm = options.Training.MaxGradNorm,
        MaxSkippedSteps = options.Training.MaxSkippedSteps,
        LoggingSteps = options.Validation.LoggingSteps,
        SaveStrategy = options.Checkpoints.SaveStrategy,
        SaveSteps = options.Checkpoints.SaveSteps,
        EvaluationStrategy = options.Validation.EvaluationStrategy,
        EvaluationSteps = options.Validation.EvalSteps ?? options.Validation.LoggingSteps,
        // An encoder keeps one graph: nothing is computed again.
        GradientCheckpointing = options.Glue is null && options.Training.GradientCheckpointing,
        GroupByLength = options.Training.GroupByLength,
        Packing = options.Training.Packing is PackingName.True or PackingName.Concat,
        JoinTo = options.Training.Packing == PackingName.Concat ? options.Records?.CutoffLen : null,
        Seed = options.Training.Seed,
        LearningRate = options.Rate.LearningRate ?? LearningRateFlags.Plain,
        LearningRateSchedule = NameOf(options.Rate.LrSchedulerType),
        WarmupSteps = options.Rate.WarmupSteps,
        WarmupRatio = options.Rate.WarmupRatio,
        SaveTotalLimit = options.Checkpoints.SaveTotalLimit,
        SaveSafetensors = options.Checkpoints.SaveSafetensors,
        // Texts are judged by the task's metric then.
        EvaluatesAtEnd = options.Glue is null && options.Validation.DoEval,
        PadTo = options.Glue is { PadToMaxLength: true } glue ? glue.MaxSeqLength : 0,
    };

    private static string NameOf(SchedulerType type) => type switch
    {
        SchedulerType.Cosine => "cosine",
        SchedulerType.Constant => "constant",
        SchedulerType.ConstantWithWarmup => "constant_with_warmup",
        _ => "linear",
    };

    /// <summary>What the user should know about flags that a configuration overrules.</summary>
    public static IEnumerable<string> Notes(RunOptions options, ElasticModel model, TrainingData data)
    {
        if (options.Glue is null
            && (options.Validation.DoEval || options.Validation.EvaluationStrategy != IntervalStrategy.No)
            && data.Validation.Count == 0)
        {
            yield return "there is no validation split, so evaluation is skipped; set --val_set_size";
        }

        if (options.Glue is not null && options.Training.GradientCheckpointing)
        {
            yield return "--gradient_checkpointing has no effect on a classifier; smaller batches need less memory";
        }

        if (model.Configuration is not { } configuration)
        {
            yield break;
        }

        if (options.Rate.WarmupSteps > 0 || options.Rate.WarmupRatio > 0)
        {
            yield return "the learning rate follows the configuration's stages: --warmup_steps and --warmup_ratio have "
                + "no effect";
        }

        if (options.Rate.LearningRate is not null || options.Rate.LrSchedulerType != SchedulerType.Linear)
        {
            yield return "the learning rate follows the configuration's stages: --learning_rate and "
                + "--lr_scheduler_type have no effect";
        }

        int stages = new StageSchedule(configuration.Stages).Epochs;
        if (options.Training.MaxSteps <= 0 && stages != options.Training.Epochs)
        {
            var rest = options.Training.Epochs > stages
                ? "; past the last stage that stage goes on and its learning rate rises again"
                : "; what is left of the stages is not run";
            yield return $"epochs of the configuration's stages: {stages}, of --num_train_epochs: "
                + string.Create(
                    CultureInfo.InvariantCulture, $"{options.Training.Epochs}: the flag decides{rest}");
        }
    }
}
