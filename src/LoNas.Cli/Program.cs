using System.Runtime.CompilerServices;
using LoNas.Cli.Commands;
using LoNas.Cli.Options;
using LoNas.Cli.Output;

namespace LoNas.Cli;

/// <summary>The program's entry.</summary>
internal static class Program
{
    public static int Main(string[] args)
    {
        try
        {
            return RunProcess(args);
        }
        catch (Exception error) when (StartFailure.Message(error) is { } message)
        {
            StartFailure.Tell(message);
            return ExitCode.Failure;
        }
    }

    // A method of its own: what its types need may not load, which is to be caught above.
    [MethodImpl(MethodImplOptions.NoInlining)]
    private static int RunProcess(string[] args)
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
