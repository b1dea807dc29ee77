using System.Globalization;
using LoNas.Cli.Model;
using LoNas.Data;
using LoNas.Evaluation;
using LoNas.Training;
using LoNas.Training.LearningRates;

namespace LoNas.Cli.Train;

/// <summary>Turns the command's flags into the trainer's options and schedule.</summary>
internal static class TrainingSettings
{
    public static TrainingOptions Of(RunMathOptions options) => new()
    {
        Epochs = options.NumTrainEpochs,
        MaxSteps = Math.Max(0, options.MaxSteps),
        BatchSize = options.PerDeviceTrainBatchSize,
        AccumulationSteps = options.GradientAccumulationSteps,
        WeightDecay = options.WeightDecay,
        MaxGradientNorm = options.MaxGradNorm,
        MaxSkippedSteps = options.MaxSkippedSteps,
        LoggingSteps = options.LoggingSteps,
        SaveStrategy = options.SaveStrategy,
        SaveSteps = options.SaveSteps,
        EvaluationStrategy = options.EvaluationStrategy,
        EvaluationSteps = options.EvalSteps ?? options.LoggingSteps,
        GradientCheckpointing = options.GradientCheckpointing,
        GroupByLength = options.GroupByLength,
        Packing = options.Packing,
        Seed = options.Seed,
        LearningRate = options.LearningRate ?? RunMathOptions.PlainLearningRate,
        LearningRateSchedule = NameOf(options.LrSchedulerType),
        WarmupSteps = options.WarmupSteps,
        WarmupRatio = options.WarmupRatio,
        SaveTotalLimit = options.SaveTotalLimit,
        SaveSafetensors = options.SaveSafetensors,
        EvaluatesAtEnd = options.DoEval,
    };

    /// <summary>How records become examples.</summary>
    /// <param name="options">The command's.</param>
    /// <param name="suite">Whose prompts are trained; null: the usual ones.</param>
    public static DataOptions Data(RunMathOptions options, TaskSuite? suite = null) => new()
    {
        CutoffLength = options.CutoffLen,
        TrainOnInputs = options.TrainOnInputs,
        ValidationSize = options.ValSetSize,
        MaxTrainingRecords = options.MaxTrainSamples,
        Prompt = suite?.TrainingPrompt,
    };

    private static string NameOf(SchedulerType type) => type switch
    {
        SchedulerType.Cosine => "cosine",
        SchedulerType.Constant => "constant",
        SchedulerType.ConstantWithWarmup => "constant_with_warmup",
        _ => "linear",
    };

    /// <summary>What the user should know about flags that a configuration overrules.</summary>
    public static IEnumerable<string> Notes(RunMathOptions options, ElasticModel model, TrainingData data)
    {
        if ((options.DoEval || options.EvaluationStrategy != IntervalStrategy.No) && data.Validation.Count == 0)
        {
            yield return "there is no validation split, so evaluation is skipped; set --val_set_size";
        }

        if (model.Configuration is not { } configuration)
        {
            yield break;
        }

        if (options.WarmupSteps > 0 || options.WarmupRatio > 0)
        {
            yield return "the learning rate follows the configuration's stages: --warmup_steps and --warmup_ratio have no effect";
        }

        if (options.LearningRate is not null || options.LrSchedulerType != SchedulerType.Linear)
        {
            yield return "the learning rate follows the configuration's stages: --learning_rate and --lr_scheduler_type have "
                + "no effect";
        }

        int stages = new StageSchedule(configuration.Stages).Epochs;
        if (options.MaxSteps <= 0 && stages != options.NumTrainEpochs)
        {
            var rest = options.NumTrainEpochs > stages
                ? "; past the last stage that stage goes on and its learning rate rises again"
                : "; what is left of the stages is not run";
            yield return $"epochs of the configuration's stages: {stages}, of --num_train_epochs: "
                + string.Create(CultureInfo.InvariantCulture, $"{options.NumTrainEpochs}: the flag decides{rest}");
        }
    }
}
