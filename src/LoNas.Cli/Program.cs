using LoNas.Cli.Commands;
using LoNas.Cli.Options;
using LoNas.Cli.Output;

namespace LoNas.Cli;

/// <summary>The program's entry.</summary>
internal static class Program
{
    public static int Main(string[] args)
    {
        using var signals = new CancelSignals();
        return signals.CodeOf(Run(args, ConsoleReporter.ForProcess(), CommandTable.All, signals.Token));
    }

    /// <summary>Runs a line with its output sent elsewhere, as plain text.</summary>
    public static int Run(string[] args, TextWriter output, TextWriter error) =>
        Run(args, new ConsoleReporter(output, error), CommandTable.All, CancellationToken.None);

    /// <summary>Runs a line against some commands; gives the exit code.</summary>
    public static int Run(
        string[] args, ConsoleReporter console, IReadOnlyList<CommandDefinition> commands, CancellationToken cancel) =>
        new CommandDispatcher(commands).Run(args, console, cancel);
}
