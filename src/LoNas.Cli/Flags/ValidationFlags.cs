using LoNas.Cli.Options;
using LoNas.Training;

namespace LoNas.Cli.Flags;

/// <summary>Where training curves are written besides the log.</summary>
internal enum ReportTarget
{
    /// <summary>Nowhere.</summary>
    None,

    /// <summary>TensorBoard files in the output folder.</summary>
    Tensorboard,

    /// <summary>Everything there is: TensorBoard.</summary>
    All,
}

/// <summary>What is measured and told while a training runs.</summary>
internal sealed record ValidationFlags
{
    public bool DoEval { get; init; }

    public IntervalStrategy EvaluationStrategy { get; init; } = IntervalStrategy.No;

    /// <summary>Null: as <see cref="LoggingSteps"/>.</summary>
    public int? EvalSteps { get; init; }

    public int LoggingSteps { get; init; } = 500;

    public ReportTarget ReportTo { get; init; } = ReportTarget.None;

    public static void Rows(OptionTable<ValidationFlags> table) => table
        .Group("Validation and logging")
        .Add("do_eval", OptionValues.Switch, o => o.DoEval, (o, v) => o with { DoEval = v },
            "measure the validation loss after training; needs --val_set_size")
        .Add("evaluation_strategy", OptionValues.Choice<IntervalStrategy>(), o => o.EvaluationStrategy,
            (o, v) => o with { EvaluationStrategy = v }, "when the validation loss is measured during training")
        .Add("eval_steps", OptionValues.OptionalInteger, o => o.EvalSteps, (o, v) => o with { EvalSteps = v },
            "optimiser steps between two measurements with --evaluation_strategy steps", "--logging_steps")
        .Add("logging_steps", OptionValues.Integer, o => o.LoggingSteps, (o, v) => o with { LoggingSteps = v },
            "optimiser steps between two log records")
        .Add("report_to", OptionValues.Choice<ReportTarget>(), o => o.ReportTo, (o, v) => o with { ReportTo = v },
            "write training curves for TensorBoard too");

    /// <summary>Notes what is wrong with the values.</summary>
    public void Check(OptionProblems problems) => problems
        .AtLeast("logging_steps", LoggingSteps, 1)
        .AtLeast("eval_steps", EvalSteps, 1)
        .When(EvalSteps is not null && EvaluationStrategy != IntervalStrategy.Steps,
            "--eval_steps needs --evaluation_strategy steps", "eval_steps", "evaluation_strategy");
}
