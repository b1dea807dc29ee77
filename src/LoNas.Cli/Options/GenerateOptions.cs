namespace LoNas.Cli.Options;

/// <summary>The options of <c>generate</c>; what they do stands in <see cref="GenerateTable"/>.</summary>
internal sealed record GenerateOptions
{
    public string ModelNameOrPath { get; init; } = "";

    /// <summary>Null: main.</summary>
    public string? ModelRevision { get; init; }

    public bool Bf16 { get; init; }

    public bool Fp16 { get; init; }

    public string? LoraWeights { get; init; }

    public string? NncfConfig { get; init; }

    /// <summary>Null: the heuristic one with a configuration, otherwise the whole adapter.</summary>
    public string? SubAdapter { get; init; }

    public double? MaxMacs { get; init; }

    public double? MinAccuracy { get; init; }

    /// <summary>Never null once validated; empty means the start token alone.</summary>
    public string? Prompt { get; init; }

    public string? Input { get; init; }

    public bool Raw { get; init; }

    public int MaxNewTokens { get; init; } = 128;

    public int NumBeams { get; init; } = 1;

    public long Seed { get; init; } = 42;

    /// <summary>Null: one for each physical core.</summary>
    public int? Threads { get; init; }

    /// <summary>Everything that is wrong with the values and their combination; empty when nothing is.</summary>
    public IReadOnlyList<OptionProblem> Validate() => new OptionProblems()
        .Required("model_name_or_path", ModelNameOrPath, "give the Hugging Face folder of the base model")
        .When(Prompt is null, "--prompt is missing: give the text to go on from, or \"\" for none", "prompt")
        .When(Bf16 && Fp16, "--bf16 and --fp16 exclude each other; give one", "bf16", "fp16")
        .When(NncfConfig is not null && LoraWeights is null,
            "--nncf_config needs --lora_weights, the adapter it describes", "nncf_config", "lora_weights")
        .When(SubAdapter is not null && LoraWeights is null,
            "--sub_adapter needs --lora_weights, the adapter it is cut from", "sub_adapter", "lora_weights")
        .When((MaxMacs is not null || MinAccuracy is not null) && LoraWeights is null,
            "--max_macs and --min_accuracy need --lora_weights, the adapter whose front is chosen from",
            "max_macs", "min_accuracy", "lora_weights")
        .When(!SubAdapterName.IsValid(SubAdapter), SubAdapterName.Problem(SubAdapter), "sub_adapter")
        .When(Raw && !string.IsNullOrEmpty(Input), "--input has no place in a --raw prompt; leave one out", "raw", "input")
        .AtLeast("max_new_tokens", MaxNewTokens, 1)
        .AtLeast("num_beams", NumBeams, 1)
        .Limits(SubAdapter, MaxMacs, MinAccuracy)
        .AtLeast("seed", Seed, 0)
        .AtLeast("threads", Threads, 1)
        .Found;
}
