using LoNas.Cli.Model;
using LoNas.Cli.Options;

namespace LoNas.Cli.Evaluate;

/// <summary>The options of <c>evaluate</c>; what they do stands in <see cref="EvaluateTable"/>.</summary>
internal sealed record EvaluateOptions
{
    public string ModelNameOrPath { get; init; } = "";

    /// <summary>Null: main.</summary>
    public string? ModelRevision { get; init; }

    public bool Bf16 { get; init; }

    public bool Fp16 { get; init; }

    public string Device { get; init; } = DeviceFlags.Default;

    public bool Tf32 { get; init; }

    public string? LoraWeights { get; init; }

    public string? NncfConfig { get; init; }

    /// <summary>Null: the heuristic one with a configuration, otherwise the whole adapter.</summary>
    public string? SubAdapter { get; init; }

    /// <summary>Null: no limit.</summary>
    public double? MaxMacs { get; init; }

    /// <summary>Null: no limit.</summary>
    public double? MinAccuracy { get; init; }

    /// <summary>Names of built-in sets or suites, and task files.</summary>
    public IReadOnlyList<string> Tasks { get; init; } = [];

    public string DatasetsDir { get; init; } = "datasets";

    /// <summary>Null: all records.</summary>
    public int? Limit { get; init; }

    public int NumBeams { get; init; } = 4;

    /// <summary>Null: as many as each task takes.</summary>
    public int? MaxNewTokens { get; init; }

    /// <summary>Null: by the free memory.</summary>
    public int? PerDeviceEvalBatchSize { get; init; }

    /// <summary>Whether answers are written to their end though their prediction is settled.</summary>
    public bool ExactOutputs { get; init; }

    public bool Json { get; init; }

    /// <summary>Empty: nothing is written.</summary>
    public string OutputDir { get; init; } = "";

    public bool OverwriteOutputDir { get; init; }

    /// <summary>Null: one for each physical core.</summary>
    public int? Threads { get; init; }

    /// <summary>Everything that is wrong with the values and their combination; empty when nothing is.</summary>
    public IReadOnlyList<OptionProblem> Validate()
    {
        var problems = new OptionProblems()
            .Required("model_name_or_path", ModelNameOrPath, "give the Hugging Face folder of the base model")
            .When(Tasks.Count == 0, $"--tasks is missing: give {TaskNames.Allowed}", "tasks")
            .When(Tasks.Distinct().Count() != Tasks.Count, $"--tasks names one twice: {string.Join(',', Tasks)}", "tasks")
            .When(Bf16 && Fp16, "--bf16 and --fp16 exclude each other; give one", "bf16", "fp16")
            .When(NncfConfig is not null && LoraWeights is null,
                "--nncf_config needs --lora_weights, the adapter it describes", "nncf_config", "lora_weights")
            .When(SubAdapter is not null && LoraWeights is null,
                "--sub_adapter needs --lora_weights, the adapter it is cut from", "sub_adapter", "lora_weights")
            .When(!SubAdapterName.IsValid(SubAdapter), SubAdapterName.Problem(SubAdapter), "sub_adapter")
            .Limits(SubAdapter, MaxMacs, MinAccuracy)
            .When(OverwriteOutputDir && OutputDir.Length == 0,
                "--overwrite_output_dir needs --output_dir", "overwrite_output_dir", "output_dir")
            .AtLeast("limit", Limit, 1)
            .AtLeast("max_new_tokens", MaxNewTokens, 1)
            .AtLeast("per_device_eval_batch_size", PerDeviceEvalBatchSize, 1)
            .AtLeast("num_beams", NumBeams, 1)
            .Device(Device)
            .AtLeast("threads", Threads, 1);
        foreach (var unknown in Tasks.Where(name => !TaskNames.IsKnown(name)))
        {
            problems.When(true, $"--tasks names '{unknown}'; did you mean '{TaskNames.Nearest(unknown)}'? "
                + $"Expected {TaskNames.Allowed}", "tasks");
        }

        return problems.Found;
    }
}
