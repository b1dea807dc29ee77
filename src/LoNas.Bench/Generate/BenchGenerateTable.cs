using LoNas.Cli.Model;
using LoNas.Cli.Options;

namespace LoNas.Bench.Generate;

/// <summary>The flags of <c>bench generate</c>.</summary>
internal static class BenchGenerateTable
{
    public static OptionTable<BenchGenerateOptions> Table { get; } =
        new OptionTable<BenchGenerateOptions>(new BenchGenerateOptions())
        .Group("Model")
        .Add("model_name_or_path", OptionValues.Text("DIR"), o => o.ModelNameOrPath,
            (o, v) => o with { ModelNameOrPath = v }, "Hugging Face folder to measure",
            "a random LLaMA: hidden 768, 12 layers, MLP 2048, vocabulary 32000")
        .Add("dtypes", OptionValues.List, o => o.Dtypes, (o, v) => o with { Dtypes = v },
            "element types to measure, one after another")
        .AddDevice(o => o.Device, (o, v) => o with { Device = v }, o => o.Tf32, (o, v) => o with { Tf32 = v })
        .Group("Work")
        .Add("prompts", OptionValues.Integer, o => o.Prompts, (o, v) => o with { Prompts = v }, "random prompts")
        .Add("min_prompt_length", OptionValues.Integer, o => o.MinPromptLength,
            (o, v) => o with { MinPromptLength = v }, "tokens of the shortest prompt")
        .Add("max_prompt_length", OptionValues.Integer, o => o.MaxPromptLength,
            (o, v) => o with { MaxPromptLength = v }, "tokens of the longest prompt")
        .Add("max_new_tokens", OptionValues.Integer, o => o.MaxNewTokens, (o, v) => o with { MaxNewTokens = v },
            "tokens generated for each prompt; none ends early")
        .Add("num_beams", OptionValues.Integer, o => o.NumBeams, (o, v) => o with { NumBeams = v },
            "beams of the search; 1: greedy")
        .Add("per_device_eval_batch_size", OptionValues.OptionalInteger, o => o.PerDeviceEvalBatchSize,
            (o, v) => o with { PerDeviceEvalBatchSize = v }, "prompts at once", "by the free memory")
        .Group("Run")
        .Add("baseline", OptionValues.Switch, o => o.Baseline, (o, v) => o with { Baseline = v },
            "measure one prompt at a time too, run once for every beam, and compare the tokens")
        .Add("part", OptionValues.Choice<BenchPart>(), o => o.Part, (o, v) => o with { Part = v },
            "measure one part in this process and print what was measured; the command starts itself so")
        .Add("seed", OptionValues.Seed, o => o.Seed, (o, v) => o with { Seed = v }, "seed of weights and prompts")
        .Add("threads", OptionValues.OptionalInteger, o => o.Threads, (o, v) => o with { Threads = v },
            "threads of a CPU", "physical cores")
        .Add("json", OptionValues.Switch, o => o.Json, (o, v) => o with { Json = v },
            "one JSON object on standard output and nothing else");
}
