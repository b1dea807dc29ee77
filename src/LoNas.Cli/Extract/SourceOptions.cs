using LoNas.Cli.Model;
using LoNas.Cli.Options;

namespace LoNas.Cli.Extract;

/// <summary>The options that say which base, adapter and sub-adapter is made a model or a file of its own.</summary>
internal sealed record SourceOptions
{
    public string ModelNameOrPath { get; init; } = "";

    /// <summary>Null: main.</summary>
    public string? ModelRevision { get; init; }

    public string? LoraWeights { get; init; }

    public string? NncfConfig { get; init; }

    /// <summary>Null: the heuristic one with a configuration, otherwise the whole adapter.</summary>
    public string? SubAdapter { get; init; }

    /// <summary>Null: no limit.</summary>
    public double? MaxMacs { get; init; }

    /// <summary>Null: no limit.</summary>
    public double? MinAccuracy { get; init; }

    /// <summary>Notes what is wrong with the values and their combination.</summary>
    public OptionProblems Validate(OptionProblems problems) => problems
        .Required("model_name_or_path", ModelNameOrPath, "give the Hugging Face folder of the base model")
        .When(NncfConfig is not null && LoraWeights is null,
            "--nncf_config needs --lora_weights, the adapter it describes", "nncf_config", "lora_weights")
        .When(SubAdapter is not null && LoraWeights is null,
            "--sub_adapter needs --lora_weights, the adapter it is cut from", "sub_adapter", "lora_weights")
        .When((MaxMacs is not null || MinAccuracy is not null) && LoraWeights is null,
            "--max_macs and --min_accuracy need --lora_weights, whose sub-adapters they choose from",
            "max_macs", "min_accuracy", "lora_weights")
        .When(!SubAdapterName.IsValid(SubAdapter), SubAdapterName.Problem(SubAdapter), "sub_adapter")
        .Limits(SubAdapter, MaxMacs, MinAccuracy);
}
