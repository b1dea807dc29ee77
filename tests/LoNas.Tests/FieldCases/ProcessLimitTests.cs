using System.Diagnostics;
using LoNas.Tests.Cli;
using LoNas.Tests.Support;

namespace LoNas.Tests.FieldCases;

/// <summary>Closed streams and few file descriptors, as cron jobs and service managers hand them on.</summary>
public sealed class ProcessLimitTests
{
    private const string Inspect = "inspect --model_name_or_path samples/model";

    [Theory]
    [InlineData("inspect --model_name_or_path nowhere 2>&-", 2)]
    [InlineData(Inspect + " <&- 2>&- >/dev/null", 0)]
    public void Line_ClosedError_EndsWithItsOwnCode(string line, int expected) =>
        Assert.Equal((expected, ""), Shell($"\"$HOST\" \"$PROGRAM\" {line}"));

    [Fact]
    public void Line_ClosedOutput_SaysSo() => Assert.Equal(
        (1, "error: standard output can't be written to: it is closed, or open for reading only\n"),
        Shell($"\"$HOST\" \"$PROGRAM\" {Inspect} >&-"));

    [Theory]
    [InlineData(Inspect + " >&-", "error: standard output is closed; results go there: give it a file, or /dev/null\n")]
    [InlineData(
        Inspect, "error: only 40 files may be open at once here; at least 128 are needed (ulimit -n 1024)\n", 40)]
    public void Launcher_WithoutOutputOrFiles_SaysWhatToDo(string line, string expected, int files = 1024) =>
        Assert.Equal((1, expected), Shell($"ulimit -n {files}; ./lonas {line}"));

    [Theory]
    [InlineData(40)]
    [InlineData(64)]
    public void Program_FewFiles_EndsWithoutACrash(int files)
    {
        var (exitCode, error) = Shell($"ulimit -n {files}; \"$HOST\" \"$PROGRAM\" {Inspect}");

        // Which file is one too many, the program's or the model's, depends on what the machine opens at its start.
        Assert.InRange(exitCode, 1, 2);
        Assert.DoesNotContain("Unhandled exception", error);
    }

    private static (int ExitCode, string Error) Shell(string script)
    {
        Assert.SkipUnless(OperatingSystem.IsLinux(), "closes streams in bash, with Linux's limits");
        var start = new ProcessStartInfo("bash")
        {
            RedirectStandardError = true,
            RedirectStandardOutput = true,
            WorkingDirectory = Repository.Root,
        };
        start.ArgumentList.Add("-c");
        start.ArgumentList.Add(script);
        start.Environment["HOST"] = CliProcess.Host;
        start.Environment["PROGRAM"] = CliProcess.Program;
        using var process = Process.Start(start)!;
        var output = process.StandardOutput.ReadToEndAsync();
        var error = process.StandardError.ReadToEnd();
        Assert.True(process.WaitForExit(60_000), output.Result);
        return (process.ExitCode, error);
    }
}
