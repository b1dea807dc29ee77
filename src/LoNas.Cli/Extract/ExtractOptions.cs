using LoNas.Cli.Options;
using LoNas.Export.Extraction;
using static TorchSharp.torch;

namespace LoNas.Cli.Extract;

/// <summary>The options of <c>extract</c>; what they do stands in <see cref="ExtractTable"/>.</summary>
internal sealed record ExtractOptions
{
    public SourceOptions Source { get; init; } = new();

    public string OutputDir { get; init; } = "";

    /// <summary>Says what is done anyway unless <see cref="KeepAdapter"/> is given.</summary>
    public bool Merge { get; init; }

    public bool KeepAdapter { get; init; }

    public bool PadToUniform { get; init; }

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
        .Required("output_dir", OutputDir, "give the folder of the new model")
        .When(Merge && KeepAdapter, "--merge and --keep_adapter exclude each other; give one", "merge", "keep_adapter")
        .When(KeepAdapter && PadToUniform,
            "--keep_adapter and --pad_to_uniform exclude each other: the adapter has the cut widths; merge it",
            "keep_adapter", "pad_to_uniform")
        .When(KeepAdapter && Source.LoraWeights is null,
            "--keep_adapter needs --lora_weights, the adapter to keep", "keep_adapter", "lora_weights")
        .AtLeast("threads", Threads, 1)
        .Found;
}
