using LoNas.Cli.Model;
using LoNas.Cli.Options;

namespace LoNas.Bench.Train;

/// <summary>The flags of <c>bench train</c>.</summary>
internal static class BenchTrainTable
{
    public static OptionTable<BenchTrainOptions> Table { get; } =
        new OptionTable<BenchTrainOptions>(new BenchTrainOptions())
        .Group("Model")
        .Add("shape", OptionValues.FreeText, o => o.Shape, (o, v) => o with { Shape = v! },
            "sizes of a random LLaMA: llama-110m, llama-1b or llama-7b")
        .Add("hidden", OptionValues.OptionalInteger, o => o.Hidden, (o, v) => o with { Hidden = v }, "hidden size", "the shape's")
        .Add("layers", OptionValues.OptionalInteger, o => o.Layers, (o, v) => o with { Layers = v }, "blocks", "the shape's")
        .Add("heads", OptionValues.OptionalInteger, o => o.Heads, (o, v) => o with { Heads = v }, "attention heads", "the shape's")
        .Add("kv_heads", OptionValues.OptionalInteger, o => o.KvHeads, (o, v) => o with { KvHeads = v },
            "heads of keys and values", "the shape's, or --heads where that is given")
        .Add("intermediate", OptionValues.OptionalInteger, o => o.Intermediate, (o, v) => o with { Intermediate = v },
            "width of the MLP", "the shape's")
        .Add("vocab", OptionValues.OptionalInteger, o => o.Vocab, (o, v) => o with { Vocab = v }, "vocabulary", "the shape's")
        .Add("dtype", OptionValues.FreeText, o => o.Dtype, (o, v) => o with { Dtype = v! }, "element type of the base: bf16, fp16 or f32")
        .AddDevice(o => o.Device, (o, v) => o with { Device = v }, o => o.Tf32, (o, v) => o with { Tf32 = v })
        .Group("Training")
        .Add("lora_r", OptionValues.Integer, o => o.LoraR, (o, v) => o with { LoraR = v }, "rank of q, k, v, gate, up and down")
        .Add("lora_dropout", OptionValues.Number, o => o.LoraDropout, (o, v) => o with { LoraDropout = v }, "dropout of the adapters")
        .Add("nncf_ratios", OptionValues.Numbers, o => o.NncfRatios, (o, v) => o with { NncfRatios = v },
            "MLP widths of sub-adapters, as shares")
        .Add("nncf_ranks", OptionValues.Integers, o => o.NncfRanks, (o, v) => o with { NncfRanks = v },
            "ranks of sub-adapters", "--lora_r and seven eighths of it")
        .Add("batch", OptionValues.Integer, o => o.Batch, (o, v) => o with { Batch = v }, "sequences of a step")
        .Add("seq", OptionValues.Integer, o => o.Seq, (o, v) => o with { Seq = v }, "tokens of a sequence")
        .Add("gradient_checkpointing", OptionValues.Switch, o => o.GradientCheckpointing,
            (o, v) => o with { GradientCheckpointing = v }, "keep only the blocks' inputs and compute the rest again")
        .Group("Run")
        .Add("steps", OptionValues.OptionalInteger, o => o.Steps, (o, v) => o with { Steps = v },
            "timed steps", "10, for large models 2")
        .Add("variants", OptionValues.List, o => o.Variants, (o, v) => o with { Variants = v },
            "what to measure: Lonas, Lora, Eager, Limit", "all; Lonas and Limit with --gradient_checkpointing or a large model")
        .Add("work_dir", OptionValues.Text("DIR"), o => o.WorkDir, (o, v) => o with { WorkDir = v },
            "folder that keeps the random model for a later run; it is made there where it is missing", "a temporary one")
        .Add("part", OptionValues.Choice<BenchTrainPart>(), o => o.Part, (o, v) => o with { Part = v },
            "measure one part in this process, with the model in --work_dir; the command starts itself so")
        .Add("seed", OptionValues.Seed, o => o.Seed, (o, v) => o with { Seed = v }, "seed of weights, tokens and sub-adapters")
        .Add("threads", OptionValues.OptionalInteger, o => o.Threads, (o, v) => o with { Threads = v },
            "threads of a CPU", "physical cores")
        .Add("json", OptionValues.Switch, o => o.Json, (o, v) => o with { Json = v },
            "one JSON object on standard output and nothing else");
}
