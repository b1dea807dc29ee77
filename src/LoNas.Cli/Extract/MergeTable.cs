using LoNas.Cli.Model;
using LoNas.Cli.Options;

namespace LoNas.Cli.Extract;

/// <summary>The flags of <c>merge</c>.</summary>
internal static class MergeTable
{
    public static OptionTable<MergeOptions> Table { get; } = new OptionTable<MergeOptions>(new MergeOptions())
        .AddSource(o => o.Source, (o, source) => o with { Source = source }, subAdapterDefault: SubAdapterChoice.Maximal)
        .Group("Output")
        .Add("output_dir", OptionValues.Text("DIR"), o => o.OutputDir, (o, v) => o with { OutputDir = v ?? "" },
            "folder of the merged model; it must not exist yet", "none, required")
        .Add("dtype", ExportValues.DType, o => o.DType, (o, v) => o with { DType = v },
            "element type of the weights: f32, f16 or bf16", "the base model's own")
        .Add("max_shard_size", ExportValues.Size, o => o.MaxShardSize, (o, v) => o with { MaxShardSize = v },
            "most bytes of a weight file")
        .Add("no_verify", OptionValues.Switch, o => o.NoVerify, (o, v) => o with { NoVerify = v },
            "do not read the output back and compare its logits with those of base and adapter")
        .Add("json", OptionValues.Switch, o => o.Json, (o, v) => o with { Json = v },
            "one JSON object on standard output and nothing else")
        .Group("Run")
        .Add("force", OptionValues.Switch, o => o.Force, (o, v) => o with { Force = v },
            "write though the disk seems too small")
        .Add("threads", OptionValues.OptionalInteger, o => o.Threads, (o, v) => o with { Threads = v },
            "threads of a CPU", "physical cores");
}
