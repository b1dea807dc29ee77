using System.CommandLine.Parsing;
using LoNas.Bench;
using LoNas.Cli.Commands;
using LoNas.Cli.Options;
using LoNas.Tests.Support;

namespace LoNas.Tests.Cli;

/// <summary>The lines that help shows are lines that the commands take.</summary>
public sealed class CommandExampleTests
{
    private static IReadOnlyList<CommandDefinition> Commands => [.. CommandTable.All, .. Program.Benchmarks];

    public static TheoryData<string, string> Lines { get; } =
        [.. Commands.SelectMany(command => command.Examples.Select(example => (command.Name, example.Line)))];

    [Fact]
    public void Command_Any_HasAnExample() => Assert.All(Commands, command => Assert.NotEmpty(command.Examples));

    [Theory]
    [MemberData(nameof(Lines))]
    public void Example_Line_IsOneThatItsCommandTakes(string name, string line)
    {
        var words = WordsOf(line);
        bool isTaken = false;
        var command = Commands.Single(entry => entry.Name == name);
        var taking = command with
        {
            Run = (tokens, _, _) =>
            {
                command.Read(tokens, note => Assert.Fail(note));
                isTaken = true;
                return 0;
            },
        };

        var run = CliRun.Against([taking], words);

        Assert.Equal(("", 0, true), (run.Error, run.ExitCode, isTaken));
    }

    /// <summary>A line of the sample files names files that are there.</summary>
    [Theory]
    [MemberData(nameof(Lines))]
    public void Example_FilesOfTheRepository_AreThere(string name, string line)
    {
        Assert.NotEmpty(name);
        Assert.All(
            WordsOf(line).Where(word => word.StartsWith("samples/", StringComparison.Ordinal)
                || word.StartsWith("configs/", StringComparison.Ordinal)),
            word => Assert.True(Path.Exists(Path.Combine(Repository.Root, word)), word));
    }

    /// <summary>The arguments of a line as a shell gives them, without what it does with input and output.</summary>
    private static string[] WordsOf(string line)
    {
        const string Start = "./lonas ";
        var text = line[line.IndexOf(Start, StringComparison.Ordinal)..]
            .Split(" | ")[0].Split(" < ")[0].TrimEnd(')');
        return [.. CommandLineParser.SplitCommandLine(text).Skip(1)];
    }
}
