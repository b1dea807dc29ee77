using LoNas.Cli.Options;
using LoNas.Cli.Output;

namespace LoNas.Cli.Commands;

/// <summary>Answers one prompt.</summary>
internal static class GenerateCommand
{
    public static CommandDefinition Definition { get; } = CommandDefinition.Create(
        "generate", "answer one prompt with a model, an adapter or a sub-adapter",
        GenerateTable.Table, options => options.Validate(), Run);

    private static int Run(GenerateOptions options, ConsoleReporter console, CancellationToken cancel) =>
        throw new InvalidOperationException("wired by lead");
}
