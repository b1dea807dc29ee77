using LoNas.Cli;
using LoNas.Cli.Commands;
using LoNas.Cli.Flags;
using LoNas.Cli.Generate;
using LoNas.Cli.Options;
using LoNas.Cli.Output;
using LoNas.Cli.Quickstart;

namespace LoNas.Tests.Cli;

/// <summary>Runs a line in this process and keeps what it wrote.</summary>
internal sealed record CliRun(int ExitCode, string Output, string Error)
{
    /// <summary>A line against the commands that <c>./lonas</c> knows.</summary>
    public static CliRun Of(params string[] args) => Against(CommandsOf(args), args);

    /// <summary>A line against some commands.</summary>
    public static CliRun Against(IReadOnlyList<CommandDefinition> commands, params string[] args)
    {
        using var output = new StringWriter();
        using var error = new StringWriter();
        int code = Program.Run(args, new ConsoleReporter(output, error), commands, CancellationToken.None);
        return new CliRun(code, output.ToString(), error.ToString());
    }

    /// <summary>A line with what is piped into it.</summary>
    public static CliRun Piped(TextReader input, params string[] args)
    {
        using var output = new StringWriter();
        using var error = new StringWriter();
        var console = new ConsoleReporter(output, error) { Input = new ConsoleInput(input) };
        int code = Program.Run(args, console, CommandTable.All, CancellationToken.None);
        return new CliRun(code, output.ToString(), error.ToString());
    }

    /// <summary>
    /// The commands of the program that <c>./lonas</c> starts for a line: benchmarks are one of their own.
    /// </summary>
    public static IReadOnlyList<CommandDefinition> CommandsOf(string[] args) =>
        args is ["bench", ..] ? LoNas.Bench.Program.Benchmarks : CommandTable.All;

    /// <summary>A line against one command <c>work</c> that does what a test wants.</summary>
    public static CliRun Of(
        Func<QuickstartOptions, ConsoleReporter, CancellationToken, int> work, params string[] args) =>
        Cancellable(CancellationToken.None, work, args);

    /// <summary>The same with a token.</summary>
    public static CliRun Cancellable(
        CancellationToken cancel,
        Func<QuickstartOptions, ConsoleReporter, CancellationToken, int> work,
        params string[] args)
    {
        using var output = new StringWriter();
        using var error = new StringWriter();
        var command = CommandDefinition.Create(
            "work", "does it", () => QuickstartOptions.Table, o => o.Validate(), work);
        int code = Program.Run(args, new ConsoleReporter(output, error), [command], cancel);
        return new CliRun(code, output.ToString(), error.ToString());
    }

    /// <summary>The options that a line of <c>run-math</c> gives.</summary>
    public static RunOptions RunMath(params string[] args) =>
        Options(RunOptions.Table, options => options.Validate(), args);

    /// <summary>The options that a line of <c>generate</c> gives.</summary>
    public static GenerateOptions Generate(params string[] args) =>
        Options(GenerateOptions.Table, options => options.Validate(), args);

    /// <summary>The message about a bad line of <c>run-math</c>.</summary>
    public static string RunMathError(params string[] args)
    {
        var run = Of(["run-math", .. args]);
        Assert.Equal(2, run.ExitCode);
        Assert.Empty(run.Output);
        return run.Error;
    }

    /// <summary>The options that a line of a command gives.</summary>
    public static T Options<T>(OptionTable<T> table, Func<T, IReadOnlyList<OptionProblem>> validate, string[] args)
        where T : class
    {
        T? seen = null;
        using var error = new StringWriter();
        var command = CommandDefinition.Create("work", "reads", () => table, validate, (options, _, _) =>
        {
            seen = options;
            return 0;
        });
        Program.Run(["work", .. args], new ConsoleReporter(TextWriter.Null, error), [command], CancellationToken.None);
        return seen ?? throw new InvalidOperationException(error.ToString());
    }
}
