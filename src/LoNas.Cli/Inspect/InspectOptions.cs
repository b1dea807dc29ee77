using LoNas.Cli.Options;

namespace LoNas.Cli.Inspect;

/// <summary>The options of <c>inspect</c>; what they do stands in <see cref="InspectTable"/>.</summary>
internal sealed record InspectOptions
{
    public string ModelNameOrPath { get; init; } = "";

    public string? ModelRevision { get; init; }

    public string? NncfConfig { get; init; }

    /// <summary>Null: the configuration's full rank, or 8 without one.</summary>
    public int? LoraR { get; init; }

    /// <summary>Empty: those that the configuration goes with, or none without one.</summary>
    public IReadOnlyList<string> TargetModules { get; init; } = [];

    /// <summary>Sequences of a training's micro-batch; null leaves its memory out.</summary>
    public int? PerDeviceTrainBatchSize { get; init; }

    public int CutoffLen { get; init; } = 256;

    public bool GradientCheckpointing { get; init; }

    public bool Bf16 { get; init; }

    public bool Fp16 { get; init; }

    public bool Json { get; init; }

    /// <summary>Everything that is wrong with the values and their combination; empty when nothing is.</summary>
    public IReadOnlyList<OptionProblem> Validate() => new OptionProblems()
        .Required("model_name_or_path", ModelNameOrPath, "give a Hugging Face folder, its config.json or a hub name")
        .AtLeast("lora_r", LoraR, 1)
        .When(LoraR is not null && TargetModules.Count == 0 && NncfConfig is null,
            "--lora_r needs --target_modules, the layers that get an adapter", "lora_r", "target_modules")
        .AtLeast("per_device_train_batch_size", PerDeviceTrainBatchSize, 1)
        .AtLeast("cutoff_len", CutoffLen, 2)
        .When(Bf16 && Fp16, "--bf16 and --fp16 exclude each other", "bf16", "fp16")
        .When(PerDeviceTrainBatchSize is null && (GradientCheckpointing || Bf16 || Fp16),
            "--gradient_checkpointing, --bf16 and --fp16 tell of a training's memory and need --per_device_train_batch_size",
            "gradient_checkpointing", "per_device_train_batch_size")
        .When(PerDeviceTrainBatchSize is not null && TargetModules.Count == 0 && NncfConfig is null,
            "--per_device_train_batch_size needs --target_modules, the layers that are trained",
            "per_device_train_batch_size", "target_modules")
        .Found;
}
