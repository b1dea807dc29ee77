using LoNas.Cli.Model;
using LoNas.Cli.Options;

namespace LoNas.Bench.Parity;

/// <summary>The flags of <c>bench parity</c>.</summary>
internal static class BenchParityTable
{
    public static OptionTable<BenchParityOptions> Table { get; } =
        new OptionTable<BenchParityOptions>(new BenchParityOptions())
        .Group("Model")
        .Add("model_name_or_path", OptionValues.Text("DIR"), o => o.ModelNameOrPath,
            (o, v) => o with { ModelNameOrPath = v }, "Hugging Face folder, with its tokenizer", "the quickstart's")
        .Add("lora_weights", OptionValues.Text("DIR"), o => o.LoraWeights, (o, v) => o with { LoraWeights = v },
            "trained adapter", "a random one on every linear layer")
        .Add("dtypes", OptionValues.List, o => o.Dtypes, (o, v) => o with { Dtypes = v }, "element types to check, one after another")
        .AddDevice(o => o.Device, (o, v) => o with { Device = v }, o => o.Tf32, (o, v) => o with { Tf32 = v })
        .Group("Work")
        .Add("prompt", OptionValues.FreeText, o => o.Prompt, (o, v) => o with { Prompt = v ?? "" }, "what greedy decoding goes on from")
        .Add("max_new_tokens", OptionValues.Integer, o => o.MaxNewTokens, (o, v) => o with { MaxNewTokens = v }, "tokens generated")
        .Group("Run")
        .Add("seed", OptionValues.Seed, o => o.Seed, (o, v) => o with { Seed = v }, "seed of the tokens and of a random adapter")
        .Add("threads", OptionValues.OptionalInteger, o => o.Threads, (o, v) => o with { Threads = v },
            "threads of a CPU", "physical cores")
        .Add("json", OptionValues.Switch, o => o.Json, (o, v) => o with { Json = v },
            "one JSON object on standard output and nothing else");
}
