using LoNas.Cli.Options;
using LoNas.Export.Gguf;

namespace LoNas.Cli.Extract;

/// <summary>The options of <c>export</c>; what they do stands in <see cref="ExportTable"/>.</summary>
internal sealed record ExportOptions
{
    public SourceOptions Source { get; init; } = new();

    /// <summary>Never null once validated.</summary>
    public ExportTarget? To { get; init; }

    public string Output { get; init; } = "";

    /// <summary>Null: the base model's own; of adapters F32.</summary>
    public GgufType? DType { get; init; }

    public bool NoVerify { get; init; }

    public bool Json { get; init; }

    /// <summary>Whether it is written though the disk seems too small.</summary>
    public bool Force { get; init; }

    /// <summary>Null: one for each physical core.</summary>
    public int? Threads { get; init; }

    /// <summary>Everything that is wrong with the values and their combination; empty when nothing is.</summary>
    public IReadOnlyList<OptionProblem> Validate() => Source.Validate(new OptionProblems())
        .When(To is null, "--to is missing: give gguf, peft or gguf-lora", "to")
        .Required("output", Output, To == ExportTarget.Peft ? "give the new folder" : "give the file to write")
        .When(To is ExportTarget.Peft or ExportTarget.GgufLora && Source.LoraWeights is null,
            "--to peft and --to gguf-lora need --lora_weights, the adapter to write", "to", "lora_weights")
        .When(To == ExportTarget.Peft && DType is not null,
            "--dtype has no place in --to peft: adapters are float32; leave it out", "to", "dtype")
        .When(To == ExportTarget.GgufLora && DType == GgufType.Q8_0,
            "--to gguf-lora takes f32, f16 or bf16, not q8_0", "to", "dtype")
        .AtLeast("threads", Threads, 1)
        .Found;
}
