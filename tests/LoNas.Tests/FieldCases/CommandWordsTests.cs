using LoNas.Tests.Cli;
using LoNas.Tests.Support;

namespace LoNas.Tests.FieldCases;

/// <summary>Words for a command, help and narrow places.</summary>
public sealed class CommandWordsTests
{
    [Theory]
    [InlineData("help", "--help")]
    [InlineData("help run-math", "run-math --help")]
    [InlineData("help make-config", "make-config --help")]
    [InlineData("help --debug generate", "generate --help")]
    [InlineData("help help", "--help")]
    public void Help_OfACommand_IsItsPage(string line, string same)
    {
        var run = CliRun.Of(line.Split(' '));

        Assert.Equal((0, ""), (run.ExitCode, run.Error));
        Assert.Equal(CliRun.Of(same.Split(' ')).Output, run.Output);
    }

    [Theory]
    [InlineData("help run-maths", "unknown command 'run-maths'; did you mean 'run-math'?")]
    [InlineData("help tomatoes", "unknown command 'tomatoes'; commands: quickstart, train, run-math,")]
    [InlineData("tomatoes --help", "unknown command 'tomatoes'; commands: quickstart, train, run-math,")]
    [InlineData("fetchall", "unknown command 'fetchall'; commands: quickstart, train, run-math,")]
    [InlineData("bench foo", "unknown command 'bench foo'; expected 'bench train' or 'bench scaling' or 'bench")]
    [InlineData("bench trian --help", "unknown command 'bench trian'; expected 'bench train' or")]
    [InlineData("bench", "unknown command 'bench'; did you mean 'bench train' or")]
    public void Run_UnknownCommand_NamesItWholeAndThoseThereAre(string line, string message)
    {
        var run = CliRun.Of(line.Split(' '));

        Assert.Equal((2, ""), (run.ExitCode, run.Output));
        Assert.StartsWith($"error: {message}", run.Error);
    }

    [Theory]
    [InlineData("extract", "--output_dir")]
    [InlineData("export", "--output")]
    public void Run_PlaceThatCannotBeWritten_IsNamedAsGiven(string command, string flag)
    {
        Assert.SkipUnless(OperatingSystem.IsLinux(), "needs a place where nobody may make a folder");

        var run = CliRun.Of(
        [
            command, "--model_name_or_path", SampleRun.Model, flag, "/sys/lonas/small",
            .. command == "export" ? ["--to", "gguf"] : (string[])["--dtype", "f32"],
        ]);

        Assert.Equal((2, ""), (run.ExitCode, run.Output));
        ErrorTable.Require("output that can't be written", run.ExitCode, run.Error);
        Assert.Contains("'/sys/lonas/small'", run.Error, StringComparison.Ordinal);
        Assert.DoesNotContain(".partial", run.Error, StringComparison.Ordinal);
    }

    [Fact]
    public void MakeConfig_PlaceThatCannotBeWritten_IsNamedAsGiven()
    {
        Assert.SkipUnless(OperatingSystem.IsLinux(), "needs a place where nobody may make a folder");

        var run = CliRun.Of(
            "make-config", "--model_name_or_path", SampleRun.Model, "--preset", "math", "--output", "/sys/own.json");

        ErrorTable.Require("output that can't be written", run.ExitCode, run.Error);
        Assert.Contains("'/sys/own.json'", run.Error, StringComparison.Ordinal);
        Assert.DoesNotContain(".tmp", run.Error, StringComparison.Ordinal);
    }
}
