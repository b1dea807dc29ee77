using LoNas.Cli.Options;
using LoNas.Cli.Train;
using LoNas.Evaluation;

namespace LoNas.Cli.Search;

/// <summary>Searches the sub-adapters of a trained adapter, as the training commands do with --do_search.</summary>
internal static class SearchCommand
{
    public static CommandDefinition Definition { get; } = CommandDefinition.Create(
        "search", "search the sub-adapters of a trained adapter for small and good ones",
        SearchCommandTable.Table, options => options.Validate(), (options, console, cancel) =>
            RunMathCommand.Run(options, TaskSuite.Math, console, cancel));
}
