namespace LoNas.Cli.Commands;

/// <summary>The commands, in the order of the help.</summary>
internal static class CommandTable
{
    public static IReadOnlyList<CommandDefinition> All { get; } =
    [
        QuickstartCommand.Definition,
        RunMathCommand.Definition,
        RunMathCommand.Commonsense,
        SearchCommand.Definition,
        EvaluateCommand.Definition,
        GenerateCommand.Definition,
        ExtractCommand.Definition,
        ExportCommand.Definition,
        MergeCommand.Definition,
        InspectCommand.Definition,
        MakeConfigCommand.Definition,
        BenchTrainCommand.Definition,
        BenchScalingCommand.Definition,
        BenchGenerateCommand.Definition,
        BenchLatencyCommand.Definition,
        BenchParityCommand.Definition,
    ];
}
