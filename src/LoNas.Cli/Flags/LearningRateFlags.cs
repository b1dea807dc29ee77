using LoNas.Cli.Options;

namespace LoNas.Cli.Flags;

/// <summary>How the learning rate of plain LoRA changes after its warm-up.</summary>
internal enum SchedulerType
{
    /// <summary>Falls evenly to zero.</summary>
    Linear,

    /// <summary>Falls to zero along half a cosine.</summary>
    Cosine,

    /// <summary>Stays, without a warm-up.</summary>
    Constant,

    /// <summary>Stays.</summary>
    ConstantWithWarmup,
}

/// <summary>The learning rate of plain LoRA; the stages of a configuration bring their own.</summary>
internal sealed record LearningRateFlags
{
    /// <summary>Learning rate of plain LoRA when none is given.</summary>
    public const double Plain = 5e-5;

    /// <summary>Null: the stages' own with a configuration, otherwise <see cref="Plain"/>.</summary>
    public double? LearningRate { get; init; }

    public SchedulerType LrSchedulerType { get; init; } = SchedulerType.Linear;

    public int WarmupSteps { get; init; }

    public double WarmupRatio { get; init; }

    public static void Rows(OptionTable<LearningRateFlags> table) => table
        .Group("Learning rate (plain LoRA; a configuration's stages bring their own)")
        .Add("learning_rate", OptionValues.OptionalNumber, o => o.LearningRate, (o, v) => o with { LearningRate = v },
            "highest learning rate", "5e-5, or the configuration's")
        .Add("lr_scheduler_type", OptionValues.Choice<SchedulerType>(), o => o.LrSchedulerType,
            (o, v) => o with { LrSchedulerType = v }, "how it goes on after the warm-up")
        .Add("warmup_steps", OptionValues.Integer, o => o.WarmupSteps, (o, v) => o with { WarmupSteps = v },
            "optimiser steps over which it rises from 0")
        .Add("warmup_ratio", OptionValues.Number, o => o.WarmupRatio, (o, v) => o with { WarmupRatio = v },
            "the same as a share of all steps; ignored where --warmup_steps is given");

    /// <summary>Notes what is wrong with the values.</summary>
    public void Check(OptionProblems problems) => problems
        .AtLeast("learning_rate", LearningRate, 0)
        .AtLeast("warmup_steps", WarmupSteps, 0)
        .When(WarmupRatio is < 0 or > 1, "--warmup_ratio must lie between 0 and 1", "warmup_ratio");
}
