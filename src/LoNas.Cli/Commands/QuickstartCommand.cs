using LoNas.Cli.Options;
using LoNas.Cli.Output;

namespace LoNas.Cli.Commands;

/// <summary>The whole path on the tiny model and data that come with the project.</summary>
internal static class QuickstartCommand
{
    public static CommandDefinition Definition { get; } = CommandDefinition.Create(
        "quickstart", "train and test a tiny model that comes with the project, in minutes",
        QuickstartTable.Table, options => options.Validate(), Run);

    private static int Run(QuickstartOptions options, ConsoleReporter console, CancellationToken cancel) =>
        throw new InvalidOperationException("wired by lead");
}
