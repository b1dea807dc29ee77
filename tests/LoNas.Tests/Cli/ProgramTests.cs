using LoNas.Cli.Commands;

namespace LoNas.Tests.Cli;

public sealed class ProgramTests
{
    [Fact]
    public void Run_HandlersResult_IsTheExitCode() => Assert.Equal(7, CliRun.Of((_, _, _) => 7, "work").ExitCode);

    [Theory]
    [InlineData(typeof(ArgumentException), 2)]
    [InlineData(typeof(InvalidDataException), 2)]
    [InlineData(typeof(FileNotFoundException), 2)]
    [InlineData(typeof(DirectoryNotFoundException), 2)]
    [InlineData(typeof(UnauthorizedAccessException), 2)]
    [InlineData(typeof(InvalidOperationException), 1)]
    [InlineData(typeof(IOException), 1)]
    [InlineData(typeof(OperationCanceledException), 130)]
    public void Run_Exception_GivesOneMessageAndItsCode(Type type, int code)
    {
        var error = (Exception)Activator.CreateInstance(type, "what happened")!;

        var run = CliRun.Of((_, _, _) => throw error, "work");

        Assert.Equal((code, ""), (run.ExitCode, run.Output));
        Assert.Equal(
            code == 130 ? "error: interrupted; the same command starts again\n" : "error: what happened\n", run.Error);
    }

    [Fact]
    public void Run_ArgumentExceptionWithParameter_LeavesTheParameterOut()
    {
        var run = CliRun.Of((_, _, _) => throw new ArgumentException("width 3 is not allowed", "width"), "work");

        Assert.Equal("error: width 3 is not allowed\n", run.Error);
    }

    [Fact]
    public void Run_NativeFailure_LeavesTheNativeTraceOut()
    {
        var run = CliRun.Of(
            (_, _, _) =>
                throw new InvalidOperationException("sizes differ\nException raised from x at y.cpp:1\nframe #0"),
            "work");

        Assert.Equal((1, "error: sizes differ\n"), (run.ExitCode, run.Error));
    }

    [Theory]
    [InlineData("--debug", "work")]
    [InlineData("work", "--debug")]
    [InlineData("work", "--seed", "3", "--debug", "--threads", "1")]
    public void Run_Debug_ShowsTheTrace(params string[] args)
    {
        var run = CliRun.Of((_, _, _) => throw new InvalidDataException("bad file"), args);

        Assert.Equal(2, run.ExitCode);
        Assert.StartsWith("error: bad file\n", run.Error);
        Assert.Contains(nameof(Run_Debug_ShowsTheTrace), run.Error);
    }

    [Fact]
    public void Run_CancelledToken_ReachesTheHandler()
    {
        using var source = new CancellationTokenSource();
        var run = CliRun.Cancellable(
            source.Token,
            (_, _, cancel) =>
            {
                source.Cancel();
                cancel.ThrowIfCancellationRequested();
                return 0;
            },
            "work");

        Assert.Equal(130, run.ExitCode);
    }

    [Theory]
    [InlineData("run-mat", "error: unknown command 'run-mat'; did you mean 'run-math'?\n")]
    [InlineData("Generate", "error: unknown command 'Generate'; did you mean 'generate'?\n")]
    [InlineData("--seed", "error: '--seed' stands before a command; commands: {commands}\n")]
    public void Run_NoCommand_IsBadInput(string given, string expected)
    {
        var run = CliRun.Of(given);

        expected = expected.Replace("{commands}", string.Join(", ", CommandTable.All.Select(command => command.Name)));
        Assert.Equal((2, "", expected), (run.ExitCode, run.Output, run.Error));
    }

    [Fact]
    public void Run_BadOptions_HandlerIsNotReached()
    {
        bool reached = false;
        var run = CliRun.Of(
            (_, _, _) =>
            {
                reached = true;
                return 0;
            },
            "work", "--threads", "0");

        Assert.Equal((2, false), (run.ExitCode, reached));
        Assert.Equal("error: --threads is 0; expected at least 1\n", run.Error);
    }
}
