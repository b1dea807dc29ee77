using LoNas.Cli.Options;

namespace LoNas.Cli.Extract;

/// <summary>The flags of <c>export</c>.</summary>
internal static class ExportTable
{
    public static OptionTable<ExportOptions> Table { get; } = new OptionTable<ExportOptions>(new ExportOptions())
        .AddSource(o => o.Source, (o, source) => o with { Source = source })
        .Group("Output")
        .Add("to", ExportValues.Target, o => o.To, (o, v) => o with { To = v },
            "gguf: one file for llama.cpp, adapter merged; peft: an adapter folder; gguf-lora: an adapter for llama.cpp",
            "none, required")
        .Add("output", OptionValues.Text("PATH"), o => o.Output, (o, v) => o with { Output = v ?? "" },
            "the file, or with --to peft the folder, which must not exist yet", "none, required")
        .Add("dtype", ExportValues.GgufDType, o => o.DType, (o, v) => o with { DType = v },
            "type of the matrices: f32, f16, bf16 or q8_0", "the base model's own; f32 for gguf-lora")
        .Add("no_verify", OptionValues.Switch, o => o.NoVerify, (o, v) => o with { NoVerify = v },
            "do not read a GGUF model back and compare its logits with the masked model's")
        .Add("json", OptionValues.Switch, o => o.Json, (o, v) => o with { Json = v },
            "one JSON object on standard output and nothing else")
        .Group("Run")
        .Add("force", OptionValues.Switch, o => o.Force, (o, v) => o with { Force = v },
            "write though the disk seems too small")
        .Add("threads", OptionValues.OptionalInteger, o => o.Threads, (o, v) => o with { Threads = v },
            "threads of a CPU", "physical cores");
}
