using System.Text.RegularExpressions;
using LoNas.Bench;
using LoNas.Cli.Commands;
using LoNas.Cli.Options;
using LoNas.Tests.Cli;

namespace LoNas.Tests.Screens;

/// <summary>Help at the width of a terminal: some pages as they are recorded, and what holds for all of them.</summary>
public sealed partial class HelpScreenTests
{
    private static IReadOnlyList<CommandDefinition> Commands => [.. CommandTable.All, .. Program.Benchmarks];

    public static TheoryData<string, int> Recorded { get; } = new MatrixTheoryData<string, int>(
        ["lonas", "run-math", "search", "export", "generate", "completion"], [40, 80, 120]);

    public static TheoryData<string> Names { get; } = [.. Commands.Select(command => command.Name)];

    [Theory]
    [MemberData(nameof(Recorded))]
    public void Help_OfACommand_IsAsRecorded(string name, int columns)
    {
        var screen = Screen.Of(columns, name == "lonas" ? ["--help"] : [name, "--help"]);

        screen.IsAsRecorded($"help-{name}", columns, ScreenFolder.Shown);
    }

    [Theory]
    [MemberData(nameof(Names))]
    public void Help_OfAnyWidth_KeepsToItAndBreaksNoWord(string name)
    {
        var command = Commands.Single(entry => entry.Name == name);
        var whole = Words(command.Help(1000));

        for (int width = 40; width <= 120; width++)
        {
            var help = command.Help(width);

            Assert.All(
                help.Split('\n').Where(line => line.Length > width), line => Assert.Matches(Unbreakable(), line));
            Assert.Equal(whole, Words(help));
        }
    }

    [Theory]
    [MemberData(nameof(Names))]
    public void Help_OfANarrowTerminal_NamesEveryFlagOnALineOfItsOwn(string name)
    {
        var command = Commands.Single(entry => entry.Name == name);
        var lines = command.Help(40).Split('\n');

        Assert.All(command.Syntax().Options, option => Assert.Contains(
            lines, line => $"{line} ".StartsWith($"  {option.Name} ", StringComparison.Ordinal)));
    }

    [Theory]
    [MemberData(nameof(Names))]
    public void Help_Default_SaysSomething(string name)
    {
        var text = string.Join(' ', Words(Commands.Single(entry => entry.Name == name).Help(110)));

        // The one that has a value of this name.
        text = text.Replace("for TensorBoard too [default: none]", "", StringComparison.Ordinal);
        Assert.DoesNotContain("[default: none", text, StringComparison.Ordinal);
        Assert.DoesNotContain("[default: ]", text, StringComparison.Ordinal);
        Assert.DoesNotContain("[default: False]", text, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("search", "val_set_size", "lora_weights", "output_dir", "model_name_or_path")]
    [InlineData("merge", "lora_weights", "output_dir", "model_name_or_path")]
    [InlineData("export", "to", "output", "model_name_or_path")]
    [InlineData("evaluate", "tasks", "model_name_or_path")]
    [InlineData("make-config", "preset", "model_name_or_path")]
    [InlineData("extract", "output_dir", "model_name_or_path")]
    public void Help_RequiredFlag_SaysSoAndIsMissedWhereItIsNot(string name, params string[] flags)
    {
        var help = string.Join(' ', Words(CliRun.Of(name, "--help").Output));
        var missing = CliRun.Of(name).Error;

        Assert.All(flags, flag =>
        {
            Assert.Matches($@" --{flag} [^\[]*(\[also [^\]]*\] )?\[required\]", help);
            Assert.Contains(flag, missing, StringComparison.Ordinal);
        });
    }

    /// <summary>Everything but line ends, and what continues a line.</summary>
    private static string[] Words(string help) =>
        [.. help.Split([' ', '\n'], StringSplitOptions.RemoveEmptyEntries).Where(word => word != "\\")];

    [GeneratedRegex("""^\s*("[^"]*"|\S+)( \\)?$""")]
    private static partial Regex Unbreakable();
}
