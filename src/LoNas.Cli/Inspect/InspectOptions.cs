using LoNas.Cli.Flags;
using LoNas.Cli.Options;
using LoNas.Elastic;

namespace LoNas.Cli.Inspect;

/// <summary>The options of <c>inspect</c>.</summary>
internal sealed record InspectOptions
{
    public ModelFlags Model { get; init; } = new();

    public AdapterFlags Adapter { get; init; } = new();

    /// <summary>Null: the configuration's full rank; without one, the library's default.</summary>
    public int? LoraR { get; init; }

    /// <summary>Empty: those that the configuration goes with, or none without one.</summary>
    public IReadOnlyList<string> TargetModules { get; init; } = [];

    /// <summary>Which of them get none after all.</summary>
    public TargetLimitFlags Limits { get; init; } = new();

    /// <summary>Sequences of a training's micro-batch; null leaves its memory out.</summary>
    public int? PerDeviceTrainBatchSize { get; init; }

    public int CutoffLen { get; init; } = 256;

    public bool GradientCheckpointing { get; init; }

    public bool Json { get; init; }

    /// <summary>How tables are shown.</summary>
    public TableFlags Tables { get; init; } = new();

    /// <summary>The flags.</summary>
    public static OptionTable<InspectOptions> Table { get; } = new OptionTable<InspectOptions>(new InspectOptions())
        .Part(o => o.Model, (o, v) => o with { Model = v }, ModelFlags.ShapeRows)
        .Group("Adapters")
        .Part(o => o.Adapter, (o, v) => o with { Adapter = v }, rows => AdapterFlags.ConfigurationRow(
            rows, "search space of the super-adapter; without it only the whole model is counted"))
        .Add("target_modules", TargetNames.Value, o => o.TargetModules, (o, v) => o with { TargetModules = v },
            "linear layers that get an adapter, as run-math takes them", "those the configuration goes with")
        .Part(o => o.Limits, (o, v) => o with { Limits = v }, TargetLimitFlags.Rows)
        .Add("lora_r", OptionValues.OptionalInteger, o => o.LoraR, (o, v) => o with { LoraR = v },
            "full rank of the adapters", $"the configuration's, or {new LoraOptions().Rank}")
        .Group("Training memory")
        .Add("per_device_train_batch_size", OptionValues.OptionalInteger, o => o.PerDeviceTrainBatchSize,
            (o, v) => o with { PerDeviceTrainBatchSize = v },
            "tell the memory of a training with so many records in a micro-batch", "not told")
        .Add("cutoff_len", OptionValues.Integer, o => o.CutoffLen, (o, v) => o with { CutoffLen = v },
            "most tokens of a record")
        .Add("gradient_checkpointing", OptionValues.Switch, o => o.GradientCheckpointing,
            (o, v) => o with { GradientCheckpointing = v }, "of a training that keeps only the blocks' inputs")
        .Part(o => o.Model, (o, v) => o with { Model = v }, rows => ModelFlags.TypeRows(
            rows, "element type of the base in that training", "torch_dtype of config.json, or float32"))
        .Group("Output")
        .Add("json", OptionValues.Switch, o => o.Json, (o, v) => o with { Json = v },
            "one JSON object on standard output and nothing else")
        .Part(o => o.Tables, (o, v) => o with { Tables = v }, TableFlags.Row);

    /// <summary>Everything that is wrong with the values and their combination; empty when nothing is.</summary>
    public IReadOnlyList<OptionProblem> Validate()
    {
        var problems = new OptionProblems();
        Model.CheckShape(problems);
        TargetNames.Check(problems, TargetModules);
        Limits.Check(problems, TargetModules);
        return problems
            .AtLeast("lora_r", LoraR, 1)
            .When(LoraR is not null && TargetModules.Count == 0 && Adapter.NncfConfig is null,
                "--lora_r needs --target_modules, the layers that get an adapter", "lora_r", "target_modules")
            .When(Limits.IsGiven && TargetModules.Count == 0 && Adapter.NncfConfig is null,
                "--exclude_modules and --layers_to_transform need --target_modules, the layers that they limit",
                "exclude_modules", "layers_to_transform", "target_modules")
            .AtLeast("per_device_train_batch_size", PerDeviceTrainBatchSize, 1)
            .AtLeast("cutoff_len", CutoffLen, 2)
            .When(PerDeviceTrainBatchSize is null && (GradientCheckpointing || Model.ElementType is not null),
                "--gradient_checkpointing and --dtype (--bf16, --fp16) tell of a training's memory and need "
                + "--per_device_train_batch_size",
                "gradient_checkpointing", "per_device_train_batch_size")
            .When(PerDeviceTrainBatchSize is not null && TargetModules.Count == 0 && Adapter.NncfConfig is null,
                "--per_device_train_batch_size needs --target_modules, the layers that are trained",
                "per_device_train_batch_size", "target_modules")
            .Found;
    }
}
