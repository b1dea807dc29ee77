using LoNas.Cli.Options;
using LoNas.Cli.Output;

namespace LoNas.Bench.Scaling;

/// <summary>Measures how the cost of a token grows with sequence and depth.</summary>
internal static class BenchScalingCommand
{
    public static CommandDefinition Definition { get; } = CommandDefinition.Create(
        "bench scaling", "measure how training's cost grows with length and depth",
        () => BenchScalingOptions.Table, options => options.Validate(), Run,
        new CommandExample(
            "a small model",
            "./lonas bench scaling --hidden 128 --heads 4 --sequences 32,64,128 --depths 1,2,4 --steps 2"));

    private static int Run(BenchScalingOptions options, ConsoleReporter console, CancellationToken cancel)
    {
        new ScalingBench(options, console).Execute(cancel);
        return ExitCode.Success;
    }
}
