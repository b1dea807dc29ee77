using LoNas.Cli.Options;
using LoNas.Cli.Output;

namespace LoNas.Bench.Train;

/// <summary>Measures training against a plain LoRA step and the machine's limit.</summary>
internal static class BenchTrainCommand
{
    public static CommandDefinition Definition { get; } = CommandDefinition.Create(
        "bench train", "measure training against a plain LoRA step and the machine's limit",
        () => BenchTrainOptions.Table, options => options.Validate(), Run,
        new(
            "a small model, two steps of each",
            "./lonas bench train --layers 2 --hidden 128 --heads 4 --batch 2 --seq 64 --steps 2"),
        new(
            "on a GPU",
            "./lonas bench train --shape llama-1b --device cuda --dtype bf16"));

    private static int Run(BenchTrainOptions options, ConsoleReporter console, CancellationToken cancel)
    {
        if (options.Part == BenchTrainPart.All)
        {
            new TrainBench(options, console).Execute(cancel);
        }
        else
        {
            console.Verbatim(TrainBenchPart.Measure(options, cancel).ToJsonString());
        }

        return ExitCode.Success;
    }
}
