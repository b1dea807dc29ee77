using LoNas.Cli.Chat;
using LoNas.Cli.Completion;
using LoNas.Cli.Evaluate;
using LoNas.Cli.Extract;
using LoNas.Cli.Generate;
using LoNas.Cli.Inspect;
using LoNas.Cli.Options;
using LoNas.Cli.Preview;
using LoNas.Cli.Quickstart;
using LoNas.Cli.Sets;
using LoNas.Cli.Status;
using LoNas.Cli.Train;

namespace LoNas.Cli.Commands;

/// <summary>The commands, in the order of the help.</summary>
internal static class CommandTable
{
    public static IReadOnlyList<CommandDefinition> All { get; } =
    [
        QuickstartCommand.Definition,
        TrainCommand.Definition,
        RunMathCommand.Definition,
        RunMathCommand.Commonsense,
        RunGlueCommand.Definition,
        SearchCommand.Definition,
        StatusCommand.Definition,
        EvaluateCommand.Definition,
        GenerateCommand.Definition,
        ChatCommand.Definition,
        PreviewCommand.Definition,
        ExtractCommand.Definition,
        ExportCommand.Definition,
        MergeCommand.Definition,
        InspectCommand.Definition,
        MakeConfigCommand.Definition,
        .. SetsCommand.Definitions,
        CompletionCommand.Definition,
    ];
}
