using System.Text.RegularExpressions;
using LoNas.Cli.Commands;
using LoNas.Cli.Flags;

namespace LoNas.Tests.Cli;

public sealed class HelpPageTests
{
    [Fact]
    public void Program_Help_ListsEveryCommandOnALine()
    {
        var run = CliRun.Of("--help");

        Assert.Equal((0, ""), (run.ExitCode, run.Error));
        Assert.All(
            CommandTable.All, command => Assert.Matches($"(?m)^  {command.Name} +{command.Summary}$", run.Output));
        Assert.Equal(run, CliRun.Of());
    }

    [Fact]
    public void Command_Help_NamesEveryFlagUnderItsHeadingWithDefault()
    {
        string help = CliRun.Of("run-math", "--help").Output;

        Assert.All(RunOptions.Table.Specs, spec =>
        {
            string section = help[help.IndexOf($"\n{spec.Group}:\n", StringComparison.Ordinal)..];
            string end = Regex.Split(section[1..], "\n\n")[0];
            Assert.Matches($@"(?m)^  --{spec.Name}\b", end);
            Assert.Contains(
                spec.IsRequired ? "[required]" : spec.Default is { } value ? $"[default: {value}]" : "", end);
            Assert.All(spec.OtherNames, name => Assert.Contains($"--{name}", end));
        });
    }

    [Theory]
    [InlineData("lora_r", "the configuration's, or 32")]
    [InlineData("learning_rate", "5e-5, or the configuration's")]
    [InlineData("target_modules", "the configuration's, or q_proj,v_proj")]
    [InlineData("train_on_inputs", "True")]
    [InlineData("dtype", "the checkpoint's own")]
    [InlineData("save_strategy", "steps")]
    [InlineData("lora_dropout", "0")]
    public void Command_Help_StatesDefaults(string name, string expected)
    {
        string help = Regex.Replace(CliRun.Of("run-math", "--help").Output, @"\s+", " ");

        Assert.Matches($@" --{name} ((?! --).)*\[default: {Regex.Escape(expected)}\]", help);
    }

    [Fact]
    public void Command_HelpBesideMistakes_IsShown()
    {
        var run = CliRun.Of("generate", "--nonsense", "--help");

        Assert.Equal((0, ""), (run.ExitCode, run.Error));
        Assert.StartsWith("usage: lonas generate ", run.Output);
    }

    [Theory]
    [InlineData("help", "--help")]
    [InlineData("help search", "search --help")]
    [InlineData("--help search", "search --help")]
    [InlineData("help search --help", "search -h")]
    [InlineData("help serch", "serch --help")]
    [InlineData("help bench nothing", "bench nothing --help")]
    [InlineData("help bench train", "bench train --help")]
    [InlineData("help nothing-like-it", "nothing-like-it -h")]
    public void Help_AskedForOtherwise_IsTheSame(string line, string other)
    {
        var commands = line.Contains("bench") ? LoNas.Bench.Program.Benchmarks : CommandTable.All;

        var run = CliRun.Against(commands, line.Split(' '));

        Assert.Equal(CliRun.Against(commands, other.Split(' ')), run);
        Assert.Equal(run.ExitCode == 0, run.Error.Length == 0);
        Assert.True(run.ExitCode == 0 || run.Error.Contains("unknown command", StringComparison.Ordinal), run.Error);
    }

    [Fact]
    public void Command_Help_KeepsWithinItsWidth() =>
        Assert.All(CliRun.Of("run-math", "-h").Output.Split('\n'), line => Assert.InRange(line.Length, 0, 110));

    [Fact]
    public void Program_Version_NamesLibraries()
    {
        var run = CliRun.Of("--version");

        Assert.Equal(0, run.ExitCode);
        foreach (string library in new[] { "LoNAS", @"\.NET", "TorchSharp", "libtorch", @"Microsoft\.ML\.Tokenizers" })
        {
            Assert.Matches($@"(?m)^{library} \d+\.\d+\.\d+", run.Output);
        }
    }
}
