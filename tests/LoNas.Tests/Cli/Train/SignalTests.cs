using System.Diagnostics;
using LoNas.Tests.Support;

namespace LoNas.Tests.Cli.Train;

/// <summary>
/// Ctrl+C and a request to terminate, sent to real processes: code, what is kept, and the same command again.
/// </summary>
[Collection(AloneTests.Name)]
public sealed class SignalTests
{
    private static readonly (string, string?)[] LongAnswers =
        [("lora", null), ("lora_weights", null), ("max_new_tokens", "64"), ("per_device_eval_batch_size", "1")];

    [Theory]
    [InlineData("INT", 130)]
    [InlineData("TERM", 143)]
    public void Train_Signalled_SavesACheckpointAndEndsLikeAnUnbrokenRun(string signal, int code)
    {
        using var unbroken = new SampleRun();
        using var broken = new SampleRun();
        (string, string?)[] steps = [("logging_steps", "1"), ("save_strategy", "no")];
        Assert.Equal(0, SampleRun.Run(unbroken.Training(steps)).ExitCode);

        var run = Signalled(
            signal, line => line.StartsWith("step 1/", StringComparison.Ordinal), broken.Training(steps));

        Assert.Equal(code, run.ExitCode);
        var checkpoint = Assert.Single(Directory.GetDirectories(broken.Output, "checkpoint-*"));
        Assert.Equal($"error: interrupted: '{checkpoint}' is kept; the same command goes on from there\n", run.Error);
        var again = SampleRun.Run(broken.Training(steps));
        Assert.Equal((0, ""), (again.ExitCode, again.Error));
        Assert.Contains($"going on from {checkpoint}", again.Output);
        Assert.Equal(unbroken.AdapterBytes(), broken.AdapterBytes());
    }

    [Theory]
    [InlineData("INT", 130)]
    [InlineData("TERM", 143)]
    public void Test_Signalled_KeepsResponsesAndEndsLikeAnUnbrokenRun(string signal, int code)
    {
        using var unbroken = new SampleRun(testRecords: 12);
        using var broken = new SampleRun(testRecords: 12);
        var whole = SampleRun.Run(unbroken.Testing([.. LongAnswers, ("per_device_eval_batch_size", null)]));
        Assert.Equal((0, ""), (whole.ExitCode, whole.Error));

        var run = Signalled(
            signal, line => line.StartsWith("testing AQuA 1", StringComparison.Ordinal), broken.Testing(LongAnswers));

        var journal = Path.Combine(broken.Output, "test.partial.jsonl");
        Assert.Equal(code, run.ExitCode);
        Assert.Equal(
            $"error: interrupted: {File.ReadLines(journal).Count() - 1} responses are kept in '{journal}'; the same "
            + "command goes on from there\n",
            run.Error);
        var again = SampleRun.Run(broken.Testing(LongAnswers));
        Assert.Equal((0, ""), (again.ExitCode, again.Error));
        Assert.Equal(
            File.ReadAllText(Path.Combine(unbroken.Output, "eval_results.json")),
            File.ReadAllText(Path.Combine(broken.Output, "eval_results.json")));
    }

    [Theory]
    [InlineData("INT", 130)]
    [InlineData("TERM", 143)]
    public void Search_Signalled_KeepsEvaluationsAndEndsLikeAnUnbrokenRun(string signal, int code)
    {
        using var sample = new SearchSample();
        var unbroken = sample.NewFolder();
        (string, string?)[] longer = [("max_new_tokens", "48"), ("per_device_eval_batch_size", "1")];
        Assert.Equal(0, SampleRun.Run(sample.Search(unbroken, longer)).ExitCode);
        string broken, journal;
        CliRun run;
        int tries = 0;
        do
        {
            // On a busy machine a search may be done before its signal comes.
            broken = sample.NewFolder();
            journal = Path.Combine(broken, "search_journal.jsonl");
            run = Signalled(
                signal, () => File.Exists(journal) && new FileInfo(journal).Length > 600,
                sample.Search(broken, longer));
        }
        while (run.ExitCode == 0 && ++tries < 5);

        Assert.Equal(code, run.ExitCode);
        Assert.Contains(
            $"error: interrupted: {File.ReadLines(journal).Count() - 1} evaluations are kept in '{journal}'; the same "
            + "command goes on from there\n",
            run.Error);
        Assert.Equal(0, SampleRun.Run(sample.Search(broken, longer)).ExitCode);
        Assert.Equal(
            File.ReadAllText(Path.Combine(unbroken, "pareto_front.json")),
            File.ReadAllText(Path.Combine(broken, "pareto_front.json")));
    }

    [Theory]
    [InlineData("INT", 130)]
    [InlineData("TERM", 143)]
    public void Extract_Signalled_LeavesNothingAndStartsAgain(string signal, int code)
    {
        using var folder = new TemporaryFolder();
        var output = folder.Path("out");
        string[] args =
        [
            "extract", "--model_name_or_path", Repository.Fixture("llama-tiny"),
            "--lora_weights", TinyFamilies.AdapterFolder("llama"),
            "--nncf_config", Repository.Fixture("nncf_llama_tiny.json"), "--output_dir", output,
            "--max_shard_size", "1KB",
        ];

        var run = Signalled(signal, () => Directory.GetDirectories(folder.Root, "out.*.partial").Length > 0, args);

        Assert.Equal((code, $"error: interrupted: '{output}' was not written; the same command starts again\n"),
            (run.ExitCode, run.Error));
        Assert.Empty(Directory.GetFileSystemEntries(folder.Root));
        Assert.Equal(0, CliRun.Of(args).ExitCode);
        Assert.Equal([output], Directory.GetFileSystemEntries(folder.Root));
    }

    [Fact]
    public void Evaluate_SignalledWithoutAFolder_SaysThatNothingIsKept()
    {
        using var sample = new SampleRun(testRecords: 12);

        var run = Signalled(
            "TERM", line => line.StartsWith("testing mawps 1", StringComparison.Ordinal),
            "evaluate", "--model_name_or_path", SampleRun.Model, "--tasks", "mawps", "--datasets_dir", sample.Datasets,
            "--max_new_tokens", "64", "--per_device_eval_batch_size", "1", "--threads", "1");

        Assert.Equal(
            (143, "error: interrupted: without --output_dir no response is kept; the same command starts again\n"),
            (run.ExitCode, run.Error));
    }

    [Fact]
    public void Train_SecondSignal_LeavesAtOnceAndTheSameCommandGoesOn()
    {
        using var sample = new SampleRun();
        // A micro-batch that takes long: only the second signal can end it.
        var args = sample.Training(
            ("per_device_train_batch_size", "48"), ("logging_steps", "1"), ("save_strategy", "no"));
        using var process = CliProcess.Start([], args);
        process.BeginErrorReadLine();
        process.BeginOutputReadLine();
        var marker = Path.Combine(sample.Output, "lonas_run.json");
        Wait(process, () => File.Exists(marker));

        Send(process, "INT");
        Send(process, "INT");

        Assert.True(process.WaitForExit(60_000));
        Assert.Equal(130, process.ExitCode);
        Assert.Equal(0, SampleRun.Run(args).ExitCode);
    }

    [Fact]
    public void Launcher_Signalled_HandsSignalAndCodeThrough()
    {
        var script = File.ReadAllLines(Path.Combine(Repository.Root, "lonas"));

        // The program takes the launcher's place: its signals and exit code are the launcher's.
        Assert.Equal("exec dotnet \"$program\" \"$@\"", script[^1]);
    }

    private static CliRun Signalled(string signal, Func<string, bool> isTime, params string[] args)
    {
        using var process = CliProcess.Start([], args);
        var error = process.StandardError.ReadToEndAsync();
        var output = new List<string>();
        while (process.StandardOutput.ReadLine() is { } line)
        {
            output.Add(line);
            if (isTime(line))
            {
                Send(process, signal);
                break;
            }
        }

        output.Add(process.StandardOutput.ReadToEnd());
        process.WaitForExit();
        return new CliRun(process.ExitCode, string.Join('\n', output), error.Result);
    }

    private static CliRun Signalled(string signal, Func<bool> isTime, params string[] args)
    {
        using var process = CliProcess.Start([], args);
        var error = process.StandardError.ReadToEndAsync();
        var output = process.StandardOutput.ReadToEndAsync();
        Wait(process, isTime);
        Send(process, signal);
        process.WaitForExit();
        return new CliRun(process.ExitCode, output.Result, error.Result);
    }

    private static void Wait(Process process, Func<bool> isTime)
    {
        while (!process.HasExited && !isTime())
        {
            Thread.Sleep(1);
        }
    }

    private static void Send(Process process, string signal)
    {
        Assert.SkipWhen(OperatingSystem.IsWindows(), "needs signals");
        using var kill = Process.Start("kill", [$"-{signal}", $"{process.Id}"]);
        kill.WaitForExit();
    }
}
