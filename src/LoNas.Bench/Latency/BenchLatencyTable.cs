using LoNas.Cli.Model;
using LoNas.Cli.Options;
using LoNas.Cli.Train;

namespace LoNas.Bench.Latency;

/// <summary>The flags of <c>bench latency</c>: those of <c>run-math</c> that name a model.</summary>
internal static class BenchLatencyTable
{
    public static OptionTable<RunMathOptions> Table { get; } = RunMathTable.Table.Only(
        new RunMathOptions { Lora = true },
        "model_name_or_path", "model_revision", "bf16", "fp16", "device", "tf32", "lora_weights", "nncf_config", "seed", "threads");

    public static IReadOnlyList<OptionProblem> Check(RunMathOptions options) => new OptionProblems()
        .Required("model_name_or_path", options.ModelNameOrPath, "give the Hugging Face folder of the base model")
        .Required("lora_weights", options.LoraWeights, "give the folder of a trained adapter")
        .When(options.Bf16 && options.Fp16, "--bf16 and --fp16 exclude each other; give one", "bf16", "fp16")
        .Device(options.Device)
        .AtLeast("threads", options.Threads, 1)
        .AtLeast("seed", options.Seed, 0)
        .Found;
}
