using LoNas.Cli.Options;
using LoNas.Export.Extraction;
using static TorchSharp.torch;

namespace LoNas.Cli.Extract;

/// <summary>The options of <c>merge</c>; what they do stands in <see cref="MergeTable"/>.</summary>
internal sealed record MergeOptions
{
    public SourceOptions Source { get; init; } = new();

    public string OutputDir { get; init; } = "";

    /// <summary>Null: the checkpoint's own.</summary>
    public ScalarType? DType { get; init; }

    public long MaxShardSize { get; init; } = new ExtractionOptions { OutputDir = "" }.MaxShardSize;

    public bool NoVerify { get; init; }

    public bool Json { get; init; }

    /// <summary>Whether it is written though the disk seems too small.</summary>
    public bool Force { get; init; }

    /// <summary>Null: one for each physical core.</summary>
    public int? Threads { get; init; }

    /// <summary>Everything that is wrong with the values and their combination; empty when nothing is.</summary>
    public IReadOnlyList<OptionProblem> Validate() => Source.Validate(new OptionProblems())
        .Required("lora_weights", Source.LoraWeights, "give the adapter to merge")
        .Required("output_dir", OutputDir, "give the folder of the merged model")
        .AtLeast("threads", Threads, 1)
        .Found;
}
