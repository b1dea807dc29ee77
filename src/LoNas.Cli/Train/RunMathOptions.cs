using LoNas.Cli.Model;
using LoNas.Cli.Options;
using LoNas.Cli.Search;
using LoNas.Training;

namespace LoNas.Cli.Train;

/// <summary>
/// The options of <c>run-math</c>, one property for each flag; what they do stands in <see cref="RunMathTable"/>.
/// Names and defaults follow the reference's script and Hugging Face's TrainingArguments 4.31.
/// </summary>
internal sealed record RunMathOptions
{
    public string ModelNameOrPath { get; init; } = "";

    /// <summary>Null: main.</summary>
    public string? ModelRevision { get; init; }

    public bool Bf16 { get; init; }

    public bool Fp16 { get; init; }

    public string Device { get; init; } = DeviceFlags.Default;

    public bool Tf32 { get; init; }

    public string? DatasetPath { get; init; }

    /// <summary>A task of the user's own in place of the command's sets.</summary>
    public string? TaskFile { get; init; }

    public string DatasetsDir { get; init; } = "datasets";

    public int CutoffLen { get; init; } = 256;

    public int ValSetSize { get; init; }

    public bool TrainOnInputs { get; init; } = true;

    public int? MaxTrainSamples { get; init; }

    public int? MaxTestSamples { get; init; }

    public bool Lora { get; init; }

    public int LoraR { get; init; } = 8;

    public double LoraAlpha { get; init; } = 16;

    public double LoraDropout { get; init; } = 0.05;

    public IReadOnlyList<string> TargetModules { get; init; } = ["q_proj", "v_proj"];

    public string? LoraWeights { get; init; }

    public string? NncfConfig { get; init; }

    public bool DoTrain { get; init; }

    public double NumTrainEpochs { get; init; } = 3;

    /// <summary>Optimiser steps; -1: as <see cref="NumTrainEpochs"/> says.</summary>
    public int MaxSteps { get; init; } = -1;

    public int PerDeviceTrainBatchSize { get; init; } = 8;

    public int GradientAccumulationSteps { get; init; } = 1;

    /// <summary>Whether activations are computed again for the gradient instead of kept.</summary>
    public bool GradientCheckpointing { get; init; }

    public bool GroupByLength { get; init; }

    /// <summary>Whether pads are computed in attention only.</summary>
    public bool Packing { get; init; }

    /// <summary>Null: the stages' own with a configuration, otherwise <see cref="PlainLearningRate"/>.</summary>
    public double? LearningRate { get; init; }

    public SchedulerType LrSchedulerType { get; init; } = SchedulerType.Linear;

    public int WarmupSteps { get; init; }

    public double WarmupRatio { get; init; }

    public double WeightDecay { get; init; }

    public double MaxGradNorm { get; init; } = 1;

    /// <summary>Steps in a row that may be skipped for numbers that are not finite.</summary>
    public int MaxSkippedSteps { get; init; } = 10;

    public OptimizerType Optim { get; init; } = OptimizerType.AdamwTorch;

    public bool DoEval { get; init; }

    public IntervalStrategy EvaluationStrategy { get; init; } = IntervalStrategy.No;

    /// <summary>Null: as <see cref="LoggingSteps"/>.</summary>
    public int? EvalSteps { get; init; }

    public int LoggingSteps { get; init; } = 500;

    public ReportTarget ReportTo { get; init; } = ReportTarget.None;

    public bool DoTest { get; init; }

    /// <summary>Null: the heuristic one with a configuration, otherwise the whole adapter.</summary>
    public string? SubAdapter { get; init; }

    public double? MaxMacs { get; init; }

    public double? MinAccuracy { get; init; }

    public int NumBeams { get; init; } = 4;

    /// <summary>Null: as many as the task takes.</summary>
    public int? MaxNewTokens { get; init; }

    /// <summary>Null: chosen by the free memory.</summary>
    public int? PerDeviceEvalBatchSize { get; init; }

    public bool ExactOutputs { get; init; }

    public SearchFlags Search { get; init; } = new();

    public string OutputDir { get; init; } = "";

    public bool OverwriteOutputDir { get; init; }

    public IntervalStrategy SaveStrategy { get; init; } = IntervalStrategy.Steps;

    public int SaveSteps { get; init; } = 500;

    /// <summary>Null: all are kept.</summary>
    public int? SaveTotalLimit { get; init; }

    /// <summary>False: adapters are written in PyTorch's format.</summary>
    public bool SaveSafetensors { get; init; } = true;

    /// <summary>A checkpoint folder, or the text True for the newest one; null: found in the output folder.</summary>
    public string? ResumeFromCheckpoint { get; init; }

    public bool DryRun { get; init; }

    /// <summary>Whether a training goes on though memory or disk seem too small.</summary>
    public bool Force { get; init; }

    public long Seed { get; init; } = 42;

    /// <summary>Null: one for each physical core.</summary>
    public int? Threads { get; init; }

    /// <summary>Learning rate of plain LoRA when none is given.</summary>
    public const double PlainLearningRate = 5e-5;

    /// <summary>Everything that is wrong with the values and their combination; empty when nothing is.</summary>
    public IReadOnlyList<OptionProblem> Validate() => RunMathRules.Check(this);
}
