using LoNas.Cli.Flags;
using LoNas.Cli.Options;
using LoNas.Export.Gguf;

namespace LoNas.Cli.Extract;

/// <summary>What <c>export</c> writes.</summary>
internal enum ExportTarget
{
    /// <summary>One file for llama.cpp, the adapter merged.</summary>
    Gguf,

    /// <summary>An adapter folder for PEFT.</summary>
    Peft,

    /// <summary>An adapter file for llama.cpp.</summary>
    GgufLora,
}

/// <summary>The options of <c>export</c>.</summary>
internal sealed record ExportOptions
{
    public ModelFlags Model { get; init; } = new();

    public AdapterFlags Adapter { get; init; } = new();

    /// <summary>Never null once validated.</summary>
    public ExportTarget? To { get; init; }

    public string Output { get; init; } = "";

    /// <summary>Null: the base model's own; of adapters F32.</summary>
    public GgufType? DType { get; init; }

    /// <summary>Whether a file that is there may be replaced.</summary>
    public bool Overwrite { get; init; }

    public WritingFlags Writing { get; init; } = new();

    /// <summary>The flags.</summary>
    public static OptionTable<ExportOptions> Table { get; } = new OptionTable<ExportOptions>(new ExportOptions())
        .Part(o => o.Model, (o, v) => o with { Model = v }, ModelFlags.NameRows)
        .Part(o => o.Adapter, (o, v) => o with { Adapter = v }, AdapterFlags.Rows)
        .Group("Output")
        .Add("to", ExportValues.Target, o => o.To, (o, v) => o with { To = v },
            "gguf: one file for llama.cpp, adapter merged; peft: an adapter folder; gguf-lora: "
            + "an adapter for llama.cpp")
        .Required()
        .Add("output", OptionValues.Text("PATH"), o => o.Output, (o, v) => o with { Output = v ?? "" },
            "the file, or with --to peft the folder; a new one unless --overwrite is given")
        .Also("output_dir")
        .Required()
        .Add("overwrite", OptionValues.Switch, o => o.Overwrite, (o, v) => o with { Overwrite = v },
            "replace a file that is there, or with --to peft an adapter's folder; never one that is read")
        .Also("overwrite_output_dir")
        .Add("dtype", ExportValues.GgufDType, o => o.DType, (o, v) => o with { DType = v },
            "type of the matrices that are written", "the base model's own; f32 for gguf-lora")
        .Part(o => o.Writing, (o, v) => o with { Writing = v }, rows => WritingFlags.Rows(
            rows, "read a GGUF model back and compare its logits with the masked model's"))
        .Part(o => o.Model, (o, v) => o with { Model = v }, ModelFlags.ThreadRow);

    /// <summary>Everything that is wrong with the values and their combination; empty when nothing is.</summary>
    public IReadOnlyList<OptionProblem> Validate()
    {
        var problems = new OptionProblems();
        Model.Check(problems);
        Adapter.Check(problems);
        return problems
            .When(To is null, "--to is missing: give gguf, peft or gguf-lora", "to")
            .Required("output", Output, To == ExportTarget.Peft ? "give the new folder" : "give the file to write")
            .When(To is ExportTarget.Peft or ExportTarget.GgufLora && Adapter.LoraWeights is null,
                "--to peft and --to gguf-lora need --lora_weights, the adapter to write", "to", "lora_weights")
            .When(To == ExportTarget.Peft && DType is not null,
                "--dtype has no place in --to peft: adapters are float32; leave it out", "to", "dtype")
            .When(To == ExportTarget.GgufLora && DType == GgufType.Q8_0,
                "--to gguf-lora takes f32, f16 or bf16, not q8_0", "to", "dtype")
            .Found;
    }
}
