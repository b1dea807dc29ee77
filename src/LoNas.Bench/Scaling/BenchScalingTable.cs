using LoNas.Cli.Options;

namespace LoNas.Bench.Scaling;

/// <summary>The flags of <c>bench scaling</c>.</summary>
internal static class BenchScalingTable
{
    public static OptionTable<BenchScalingOptions> Table { get; } =
        new OptionTable<BenchScalingOptions>(new BenchScalingOptions())
        .Group("Measured")
        .Add("sequences", OptionValues.Integers, o => o.Sequences, (o, v) => o with { Sequences = v },
            "tokens of a sequence, with 12 blocks")
        .Add("depths", OptionValues.Integers, o => o.Depths, (o, v) => o with { Depths = v }, "blocks, with 256 tokens")
        .Group("Model")
        .Add("hidden", OptionValues.Integer, o => o.Hidden, (o, v) => o with { Hidden = v }, "hidden size")
        .Add("heads", OptionValues.Integer, o => o.Heads, (o, v) => o with { Heads = v }, "attention heads")
        .Add("intermediate", OptionValues.Integer, o => o.Intermediate, (o, v) => o with { Intermediate = v }, "width of the MLP")
        .Add("vocab", OptionValues.Integer, o => o.Vocab, (o, v) => o with { Vocab = v }, "vocabulary")
        .Add("dtype", OptionValues.FreeText, o => o.Dtype, (o, v) => o with { Dtype = v! }, "element type of the base: bf16, fp16 or f32")
        .Group("Run")
        .Add("batch", OptionValues.Integer, o => o.Batch, (o, v) => o with { Batch = v }, "sequences of a step")
        .Add("steps", OptionValues.Integer, o => o.Steps, (o, v) => o with { Steps = v }, "timed steps of each measurement")
        .Add("seed", OptionValues.Seed, o => o.Seed, (o, v) => o with { Seed = v }, "seed of weights and tokens")
        .Add("threads", OptionValues.OptionalInteger, o => o.Threads, (o, v) => o with { Threads = v },
            "threads of a CPU", "physical cores")
        .Add("json", OptionValues.Switch, o => o.Json, (o, v) => o with { Json = v },
            "one JSON object on standard output and nothing else");
}
