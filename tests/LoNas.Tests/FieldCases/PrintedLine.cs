using System.Text.RegularExpressions;
using LoNas.Cli.Commands;
using LoNas.Cli.Evaluate;
using LoNas.Cli.Extract;
using LoNas.Cli.Flags;
using LoNas.Cli.Generate;
using LoNas.Cli.Inspect;
using LoNas.Cli.Train;
using LoNas.Tests.Cli;

namespace LoNas.Tests.FieldCases;

/// <summary>The line for what is next that a command's output ends with.</summary>
internal static partial class PrintedLine
{
    /// <summary>The line as it was printed, which must be the last.</summary>
    public static string Of(string output)
    {
        var match = Last().Match(output.ReplaceLineEndings("\n"));
        Assert.True(match.Success, output);
        return match.Groups[1].Value;
    }

    /// <summary>Its words without those that call the program, as a shell splits them.</summary>
    public static string[] Words(string line)
    {
        string[] words = [.. Word().Matches(line).Select(match =>
            match.Value.Replace(@"'\''", "\0", StringComparison.Ordinal).Replace("'", "", StringComparison.Ordinal)
                .Replace('\0', '\''))];
        return words[0] == "llama-cli" ? words
            : [.. words.SkipWhile(word => CommandTable.All.All(command => command.Name != word))];
    }

    /// <summary>Whether the command that a line names takes its flags.</summary>
    public static void RequireAccepted(string[] words)
    {
        string[] flags = words[1..];
        object options = words[0] switch
        {
            "inspect" => CliRun.Options(InspectOptions.Table, options => options.Validate(), flags),
            "make-config" => CliRun.Options(MakeConfigOptions.Table, options => options.Validate(), flags),
            "run-math" => CliRun.Options(RunOptions.Table, options => options.Validate(), flags),
            "run-commonsense" => CliRun.Options(RunOptions.Commonsense, options => options.Validate(), flags),
            "run-glue" => CliRun.Options(RunOptions.GlueTable, options => options.Validate(), flags),
            "search" => CliRun.Options(SearchCommandTable.Table, options => options.Validate(), flags),
            "evaluate" => CliRun.Options(EvaluateOptions.Table, options => options.Validate(), flags),
            "generate" => CliRun.Options(GenerateOptions.Table, options => options.Validate(), flags),
            "extract" => CliRun.Options(ExtractOptions.Table, options => options.Validate(), flags),
            "merge" => CliRun.Options(MergeOptions.Table, options => options.Validate(), flags),
            "export" => CliRun.Options(ExportOptions.Table, options => options.Validate(), flags),
            _ => throw new InvalidOperationException($"no command '{words[0]}'"),
        };
        Assert.NotNull(options);
    }

    [GeneratedRegex(@"(?:^|\n)next: [^\n]*:\n  ([^\n]+)\n$")]
    private static partial Regex Last();

    [GeneratedRegex(@"(?:'[^']*'|\\'|[^\s'])+")]
    private static partial Regex Word();
}
