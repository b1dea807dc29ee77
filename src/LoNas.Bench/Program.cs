using LoNas.Bench.Generate;
using LoNas.Bench.Glue;
using LoNas.Bench.Latency;
using LoNas.Bench.Parity;
using LoNas.Bench.Ranks;
using LoNas.Bench.Records;
using LoNas.Bench.Scaling;
using LoNas.Bench.Train;
using LoNas.Cli;
using LoNas.Cli.Options;
using LoNas.Cli.Output;

namespace LoNas.Bench;

/// <summary>The entry of the benchmarks: <c>./lonas bench NAME</c>.</summary>
internal static class Program
{
    /// <summary>The benchmarks, in the order of the help.</summary>
    public static IReadOnlyList<CommandDefinition> Benchmarks { get; } =
    [
        BenchTrainCommand.Definition,
        BenchScalingCommand.Definition,
        BenchGenerateCommand.Definition,
        BenchLatencyCommand.Definition,
        BenchGlueCommand.Definition,
        BenchParityCommand.Definition,
        BenchRanksCommand.Definition,
        BenchRecordsCommand.Definition,
    ];

    public static int Main(string[] args)
    {
        using var signals = new CancelSignals();
        return signals.CodeOf(Cli.Program.Run(args, ConsoleReporter.ForProcess(), Benchmarks, signals.Token));
    }
}
