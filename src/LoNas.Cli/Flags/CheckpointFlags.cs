using LoNas.Cli.Options;
using LoNas.Training;

namespace LoNas.Cli.Flags;

/// <summary>What a training saves, and what it goes on from.</summary>
internal sealed record CheckpointFlags
{
    public IntervalStrategy SaveStrategy { get; init; } = IntervalStrategy.Steps;

    public int SaveSteps { get; init; } = 500;

    /// <summary>Null: all are kept.</summary>
    public int? SaveTotalLimit { get; init; }

    /// <summary>False: adapters are written in PyTorch's format.</summary>
    public bool SaveSafetensors { get; init; } = true;

    /// <summary>A checkpoint folder, or the text True for the newest one; null: found in the output folder.</summary>
    public string? ResumeFromCheckpoint { get; init; }

    /// <summary>The checkpoint that was named; null where none was.</summary>
    public string? NamedCheckpoint => bool.TryParse(ResumeFromCheckpoint, out _) ? null : ResumeFromCheckpoint;

    public static void Rows(OptionTable<CheckpointFlags> table) => table
        .Add("save_strategy", OptionValues.Choice<IntervalStrategy>(), o => o.SaveStrategy,
            (o, v) => o with { SaveStrategy = v }, "when checkpoints are written")
        .Add("save_steps", OptionValues.Integer, o => o.SaveSteps, (o, v) => o with { SaveSteps = v },
            "optimiser steps between two checkpoints with --save_strategy steps")
        .Add("save_total_limit", OptionValues.OptionalInteger, o => o.SaveTotalLimit,
            (o, v) => o with { SaveTotalLimit = v }, "checkpoints kept, the newest", "all")
        .Add("save_safetensors", OptionValues.Switch, o => o.SaveSafetensors, (o, v) => o with { SaveSafetensors = v },
            "False: adapters as adapter_model.bin, for tools that read nothing else")
        .Add("resume_from_checkpoint", OptionValues.Text("DIR|True|False"), o => o.ResumeFromCheckpoint,
            (o, v) => o with { ResumeFromCheckpoint = v },
            "checkpoint to go on from, also of a run in another folder; True: the newest in --output_dir; False: none",
            "that of the same run");

    /// <summary>Notes what is wrong with the values.</summary>
    public void Check(OptionProblems problems) => problems
        .AtLeast("save_steps", SaveSteps, 1)
        .AtLeast("save_total_limit", SaveTotalLimit, 1);
}
