using LoNas.Cli.Options;

namespace LoNas.Cli.Flags;

/// <summary>Which optimiser trains the adapters.</summary>
internal enum OptimizerType
{
    /// <summary>AdamW (Loshchilov and Hutter, 2019).</summary>
    AdamwTorch,
}

/// <summary>How padding is spared.</summary>
internal enum PackingName
{
    /// <summary>Not.</summary>
    False,

    /// <summary>Outside of attention.</summary>
    True,

    /// <summary>Records are put together.</summary>
    Concat,
}

/// <summary>
/// How long and in which steps is trained. Names and defaults are those of Hugging Face's TrainingArguments 4.31.
/// </summary>
internal sealed record TrainingFlags
{
    public bool DoTrain { get; init; }

    /// <summary>Null: those of the configuration's stages, or <see cref="Epochs"/> without one.</summary>
    public double? NumTrainEpochs { get; init; }

    /// <summary>Passes over the records: Hugging Face's default where neither flag nor configuration says.</summary>
    public double Epochs => NumTrainEpochs ?? 3;

    /// <summary>Optimiser steps; -1: as <see cref="NumTrainEpochs"/> says.</summary>
    public int MaxSteps { get; init; } = -1;

    public int PerDeviceTrainBatchSize { get; init; } = 8;

    public int GradientAccumulationSteps { get; init; } = 1;

    /// <summary>Whether activations are computed again for the gradient instead of kept.</summary>
    public bool GradientCheckpointing { get; init; }

    public bool GroupByLength { get; init; }

    /// <summary>Null: not, unless documents are trained on.</summary>
    public PackingName? Packing { get; init; }

    public double MaxGradNorm { get; init; } = 1;

    /// <summary>Steps in a row that may be skipped for numbers that are not finite.</summary>
    public int MaxSkippedSteps { get; init; } = 10;

    public OptimizerType Optim { get; init; } = OptimizerType.AdamwTorch;

    public double WeightDecay { get; init; }

    public long Seed { get; init; } = 42;

    /// <summary>A switch with a third word.</summary>
    private static OptionValue<PackingName?> PackingValue { get; } = new(
        OptionShape.Switch, "[True|False|concat]",
        text => text.Equals(nameof(PackingName.Concat), StringComparison.OrdinalIgnoreCase) ? PackingName.Concat
            : OptionValues.Switch.Parse(text) ? PackingName.True
            : PackingName.False,
        value => value == PackingName.Concat ? "concat" : value == PackingName.True)
    {
        Choices = ["True", "False", "concat"],
    };

    public static void Rows(OptionTable<TrainingFlags> table)
    {
        LengthRows(table);
        StepRows(table);
    }

    /// <summary>Records of a micro-batch, which a search by loss asks for too.</summary>
    public static void BatchRow(OptionTable<TrainingFlags> table) => table
        .Add("per_device_train_batch_size", OptionValues.Integer, o => o.PerDeviceTrainBatchSize,
            (o, v) => o with { PerDeviceTrainBatchSize = v }, "records of a micro-batch");

    private static void LengthRows(OptionTable<TrainingFlags> table) => table
        .Group("Training")
        .Add("do_train", OptionValues.Switch, o => o.DoTrain, (o, v) => o with { DoTrain = v }, "train the adapters")
        .Add("num_train_epochs", OptionValues.OptionalNumber, o => o.NumTrainEpochs,
            (o, v) => o with { NumTrainEpochs = v }, "passes over the training records",
            "those of the configuration's stages, or 3")
        .Add("max_steps", OptionValues.Integer, o => o.MaxSteps, (o, v) => o with { MaxSteps = v },
            "optimiser steps, in place of --num_train_epochs; -1: off");

    private static void StepRows(OptionTable<TrainingFlags> table)
    {
        BatchRow(table);
        table
            .Add("gradient_accumulation_steps", OptionValues.Integer, o => o.GradientAccumulationSteps,
                (o, v) => o with { GradientAccumulationSteps = v }, "micro-batches of an optimiser step")
            .Add("gradient_checkpointing", OptionValues.Switch, o => o.GradientCheckpointing,
                (o, v) => o with { GradientCheckpointing = v },
                "keep only the blocks' inputs and compute the rest again: less memory, half as much work again, and "
                + "the same gradients")
            .Add("group_by_length", OptionValues.Switch, o => o.GroupByLength, (o, v) => o with { GroupByLength = v },
                "make batches of records of similar length, which need less padding")
            .Add("packing", PackingValue, o => o.Packing, (o, v) => o with { Packing = v },
                "compute padding in attention only: the same batches and losses with less work; concat, of 'lonas "
                + "train': put records one behind the other up to --cutoff_len, each attending to itself alone, so "
                + "that a micro-batch has more of them")
            .Add("max_grad_norm", OptionValues.Number, o => o.MaxGradNorm, (o, v) => o with { MaxGradNorm = v },
                "norm to which gradients are clipped; 0: not clipped")
            .Add("max_skipped_steps", OptionValues.Integer, o => o.MaxSkippedSteps,
                (o, v) => o with { MaxSkippedSteps = v },
                "optimiser steps in a row that may be skipped because their loss or gradients are not finite; "
                + "one more ends the run")
            .Add("optim", OptionValues.Choice<OptimizerType>(), o => o.Optim, (o, v) => o with { Optim = v },
                "optimiser")
            .Add("weight_decay", OptionValues.Number, o => o.WeightDecay, (o, v) => o with { WeightDecay = v },
                "decoupled weight decay")
            .Add("seed", OptionValues.Seed, o => o.Seed, (o, v) => o with { Seed = v },
                "seed of shuffles, splits, sub-adapters, dropout and initial weights");
    }

    /// <summary>Notes what is wrong with the values.</summary>
    public void Check(OptionProblems problems) => problems
        .AtLeast("seed", Seed, 0)
        .Positive("num_train_epochs", NumTrainEpochs)
        .When(MaxSteps is 0 or < -1, $"--max_steps is {MaxSteps}; expected at least 1, or -1 for none", "max_steps")
        .AtLeast("per_device_train_batch_size", PerDeviceTrainBatchSize, 1)
        .AtLeast("gradient_accumulation_steps", GradientAccumulationSteps, 1)
        .AtLeast("max_grad_norm", MaxGradNorm, 0)
        .AtLeast("max_skipped_steps", MaxSkippedSteps, 0)
        .AtLeast("weight_decay", WeightDecay, 0);
}
