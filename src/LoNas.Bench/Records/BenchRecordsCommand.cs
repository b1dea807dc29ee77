using LoNas.Cli.Options;
using LoNas.Cli.Output;

namespace LoNas.Bench.Records;

/// <summary>Measures how fast data sets are read and encoded, and in how much memory.</summary>
internal static class BenchRecordsCommand
{
    public static CommandDefinition Definition { get; } = CommandDefinition.Create(
        "bench records", "measure how fast conversations are read and encoded, and the memory that takes",
        () => BenchRecordsOptions.Table, options => options.Validate(), Run,
        new CommandExample("reading alone", "./lonas bench records --records 10000"));

    private static int Run(BenchRecordsOptions options, ConsoleReporter console, CancellationToken cancel)
    {
        new RecordsBench(options, console).Execute(cancel);
        return ExitCode.Success;
    }
}
