using LoNas.Cli.Options;
using LoNas.Cli.Output;

namespace LoNas.Bench.Glue;

/// <summary>Measures a classifier's evaluation against the machine's limit.</summary>
internal static class BenchGlueCommand
{
    public static CommandDefinition Definition { get; } = CommandDefinition.Create(
        "bench glue", "measure a classifier's evaluation of sentence pairs against the machine's limit",
        () => BenchGlueOptions.Table, options => options.Validate(), Run,
        new CommandExample("a random encoder, few pairs", "./lonas bench glue --pairs 32 --repeats 1"));

    private static int Run(BenchGlueOptions options, ConsoleReporter console, CancellationToken cancel)
    {
        new GlueBench(options, console).Execute(cancel);
        return ExitCode.Success;
    }
}
