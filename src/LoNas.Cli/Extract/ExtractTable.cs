using LoNas.Cli.Options;

namespace LoNas.Cli.Extract;

/// <summary>The flags of <c>extract</c>.</summary>
internal static class ExtractTable
{
    public static OptionTable<ExtractOptions> Table { get; } = new OptionTable<ExtractOptions>(new ExtractOptions())
        .AddSource(o => o.Source, (o, source) => o with { Source = source })
        .Group("Output")
        .Add("output_dir", OptionValues.Text("DIR"), o => o.OutputDir, (o, v) => o with { OutputDir = v ?? "" },
            "folder of the new model; it must not exist yet", "none, required")
        .Add("merge", OptionValues.Switch, o => o.Merge, (o, v) => o with { Merge = v },
            "merge the adapter into the cut base, which is done unless --keep_adapter is given")
        .Add("keep_adapter", OptionValues.Switch, o => o.KeepAdapter, (o, v) => o with { KeepAdapter = v },
            "keep the cut adapter beside the cut base, in adapter/")
        .Add("pad_to_uniform", OptionValues.Switch, o => o.PadToUniform, (o, v) => o with { PadToUniform = v },
            "pad MLPs with zeros to one width, so that any tool loads the folder; less is saved")
        .Add("dtype", ExportValues.DType, o => o.DType, (o, v) => o with { DType = v },
            "element type of the weights: f32, f16 or bf16", "the base model's own")
        .Add("max_shard_size", ExportValues.Size, o => o.MaxShardSize, (o, v) => o with { MaxShardSize = v },
            "most bytes of a weight file")
        .Add("no_verify", OptionValues.Switch, o => o.NoVerify, (o, v) => o with { NoVerify = v },
            "do not read the output back and compare its logits with the masked model's")
        .Add("json", OptionValues.Switch, o => o.Json, (o, v) => o with { Json = v },
            "one JSON object on standard output and nothing else")
        .Group("Run")
        .Add("force", OptionValues.Switch, o => o.Force, (o, v) => o with { Force = v },
            "write though the disk seems too small")
        .Add("threads", OptionValues.OptionalInteger, o => o.Threads, (o, v) => o with { Threads = v },
            "threads of a CPU", "physical cores");
}
