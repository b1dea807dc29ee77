using System.Globalization;
using LoNas.Cli.Model;
using LoNas.Cli.Options;
using LoNas.Cli.Output;
using LoNas.Runtime;
using LoNas.Search;

namespace LoNas.Bench.Latency;

/// <summary>
/// Holds the latency table's sums against measured whole models; exit code 1 where one is too far off.
/// </summary>
internal static class BenchLatencyCommand
{
    private const int SubAdapters = 20;
    private const double Allowed = 0.1;

    public static CommandDefinition Definition { get; } = CommandDefinition.Create(
        "bench latency", "measure the latency table and hold its sums against 20 random sub-adapters",
        () => BenchLatencyOptions.Table, options => options.Validate(), Run,
        new CommandExample(
            "after the quickstart",
            "./lonas bench latency --model_name_or_path samples/model --lora_weights out/quickstart"));

    private static int Run(BenchLatencyOptions options, ConsoleReporter console, CancellationToken cancel)
    {
        using var model = ModelOpening.OpenCausal(
            options.Model.Opening(options.Adapter) with { SubAdapter = null }, console, cancel);
        var space = model.Space
            ?? throw new ArgumentException("bench latency needs --nncf_config, which says what can be cut");
        var random = new SeededRandom(options.Seed);
        var subAdapters = Enumerable.Range(0, SubAdapters).Select(_ => space.Random(random, int.MaxValue)).ToArray();
        var (table, measured) = new LatencyMeter(model).Measure(
            [.. subAdapters, space.Maximal, space.Minimal], report: null, cancel);
        double[] errors = [.. subAdapters.Select((subAdapter, i) => (table.Of(subAdapter) / measured[i]) - 1)];
        console.Table(
            $"{table.PromptTokens} tokens of prompt, {table.NewTokens} of answer",
            ["sub-adapter", "table ms", "measured ms", "error"],
            subAdapters.Index().Select(item => Row($"random {item.Index}", table.Of(item.Item), measured[item.Index]))
                .Append(Row("maximal", table.Of(space.Maximal), measured[^2]))
                .Append(Row("minimal", table.Of(space.Minimal), measured[^1])));
        bool holds = errors.Max(Math.Abs) <= Allowed;
        console.Line(string.Create(
            CultureInfo.InvariantCulture,
            $"largest error of the random ones: {100 * errors.Max(Math.Abs):0.0} %; mean "
            + $"{100 * errors.Average(Math.Abs):0.0} %; {(holds ? "within" : "NOT within")} {100 * Allowed:0} %"));
        return holds ? ExitCode.Success : ExitCode.Failure;
    }

    private static string[] Row(string name, double table, double measured) =>
    [
        name,
        table.ToString("0.00", CultureInfo.InvariantCulture),
        measured.ToString("0.00", CultureInfo.InvariantCulture),
        // Adding zero takes the sign off a negative zero.
        (Math.Round((table / measured) - 1, 3) + 0.0).ToString("+0.0 %;-0.0 %", CultureInfo.InvariantCulture),
    ];
}
