using LoNas.Cli.Flags;
using LoNas.Cli.Options;
using LoNas.Cli.Output;
using LoNas.Evaluation;

namespace LoNas.Cli.Train;

/// <summary>Searches the sub-adapters of a trained adapter, as the training commands do with --do_search.</summary>
internal static class SearchCommand
{
    public static CommandDefinition Definition { get; } = CommandDefinition.Create(
        "search", "search the sub-adapters of a trained adapter for small and good ones",
        SearchCommandTable.Table, options => options.Validate(), Run);

    private static int Run(RunMathOptions options, ConsoleReporter console, CancellationToken cancel)
    {
        using var run = RunMathStages.Open(
            options, TaskSuite.Math, new("search", SearchCommandTable.Table), console, cancel);
        run?.Search(cancel);
        run?.ShowNext();
        return ExitCode.Success;
    }
}
