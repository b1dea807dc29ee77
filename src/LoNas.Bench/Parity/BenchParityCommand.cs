using System.Globalization;
using System.Text.Json.Nodes;
using LoNas.Cli.Options;
using LoNas.Cli.Output;

namespace LoNas.Bench.Parity;

/// <summary>
/// Holds a device and its element types against float32 on the CPU; exit code 1 where one is too far off.
/// </summary>
internal static class BenchParityCommand
{
    public static CommandDefinition Definition { get; } = CommandDefinition.Create(
        "bench parity", "hold a device's results against float32 on the CPU",
        () => BenchParityOptions.Table, options => options.Validate(), Run,
        new(
            "the sample model on a GPU",
            "./lonas bench parity --device cuda"),
        new(
            "one type",
            "./lonas bench parity --device cpu --dtypes bf16"));

    private static int Run(BenchParityOptions options, ConsoleReporter console, CancellationToken cancel)
    {
        var bench = new ParityBench(options, console);
        var results = bench.Measure(cancel);
        if (options.Json)
        {
            console.Verbatim(new JsonObject(results.Select(result =>
                KeyValuePair.Create(result.DType, (JsonNode?)result.ToJson()))).ToJsonString());
        }
        else
        {
            console.Table(
                $"{bench.DeviceName} against float32 on the CPU",
                ["type", "logits", "loss", "gradients", "training", "dropout", "text", "within"],
                results.Select(result => (IReadOnlyList<string>)
                [
                    result.DType, Show(result.Logits), Show(result.Loss), Show(result.Gradients),
                    Show(result.Training), Show(result.Dropout), result.SameText ? "same" : "other",
                    result.Holds ? "yes" : "NO",
                ]));
        }

        return results.All(result => result.Holds) ? ExitCode.Success : ExitCode.Failure;
    }

    private static string Show(double difference) => difference.ToString("0.0e0", CultureInfo.InvariantCulture);
}
