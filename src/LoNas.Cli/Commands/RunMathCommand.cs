using LoNas.Cli.Options;
using LoNas.Cli.Output;

namespace LoNas.Cli.Commands;

/// <summary>Trains a super-adapter on instructions and tests a sub-adapter on the math sets.</summary>
internal static class RunMathCommand
{
    public static CommandDefinition Definition { get; } = CommandDefinition.Create(
        "run-math", "train an elastic LoRA adapter and test it on math word problems",
        RunMathTable.Table, options => options.Validate(), Run);

    private static int Run(RunMathOptions options, ConsoleReporter console, CancellationToken cancel) =>
        throw new InvalidOperationException("wired by lead");
}
