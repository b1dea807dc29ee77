using LoNas.Cli.Output;
using LoNas.Tests.Support;

namespace LoNas.Tests.Cli.Train;

/// <summary>One run at a time in an output folder.</summary>
public sealed class FolderLockTests
{
    [Fact]
    public async Task Run_TwoProcessesAtOnce_ExactlyOneRuns()
    {
        for (int round = 0; round < 6; round++)
        {
            using var sample = new SampleRun(trainingRecords: 8);
            var args = sample.Training(("logging_steps", "1"));
            var runs = await Task.WhenAll(
                Task.Run(() => CliProcess.Of([], args)), Task.Run(() => CliProcess.Of([], args)));

            // Where one was quick enough to finish before the other looked, that one finds the finished run.
            var winner = Assert.Single(
                runs, run => run.ExitCode == 0 && run.Output.Contains("training: ", StringComparison.Ordinal));
            var other = Assert.Single(runs, run => !ReferenceEquals(run, winner));
            if (other.ExitCode == 0)
            {
                Assert.StartsWith("finished earlier", other.Output);
            }
            else
            {
                Assert.Equal(2, other.ExitCode);
                Assert.Matches(
                    $"^error: --output_dir '{sample.Output}' is in use by another run( \\(process [0-9]+\\))?; wait",
                    other.Error);
            }

            Assert.Equal("", winner.Error);
            Assert.Empty(Directory.GetFiles(sample.Output, "lonas.lock*"));
        }
    }

    [Fact]
    public async Task Take_ManyAtOnce_NeverTwoHold()
    {
        using var folder = new TemporaryFolder();
        var output = folder.Path("a", "b");
        int holders = 0;
        int taken = 0;

        await Task.WhenAll(Enumerable.Range(0, 8).Select(_ => Task.Factory.StartNew(() =>
        {
            for (int round = 0; round < 200; round++)
            {
                try
                {
                    using var held = FolderLock.Take(output);
                    Assert.Equal(1, Interlocked.Increment(ref holders));
                    Thread.SpinWait(100);
                    Interlocked.Decrement(ref holders);
                    Interlocked.Increment(ref taken);
                }
                catch (ArgumentException error)
                {
                    Assert.Contains("is in use by another run", error.Message);
                }
            }
        }, TaskCreationOptions.LongRunning)));

        Assert.True(taken > 0);
        Assert.Empty(Directory.EnumerateFiles(folder.Root, "*", SearchOption.AllDirectories));
    }

    [Fact]
    public void Run_FolderHeld_EveryCommandIsRefusedAndWritesNothing()
    {
        using var sample = new SampleRun();
        Directory.CreateDirectory(sample.Output);
        using var held = FolderLock.Take(sample.Output);
        var before = sample.Listing();
        string[] evaluate =
        [
            "evaluate", "--model_name_or_path", SampleRun.Model, "--tasks", "mawps", "--datasets_dir", sample.Datasets,
            "--output_dir", sample.Output,
        ];

        foreach (var args in new[]
        {
            sample.Training(), sample.Testing(("lora", null), ("lora_weights", null)), evaluate,
            ["quickstart", "--output_dir", sample.Output],
        })
        {
            var run = CliRun.Of(args);
            ErrorTable.Require("output folder in use", run.ExitCode, run.Error);
            Assert.Equal(
                $"error: --output_dir '{sample.Output}' is in use by another run (process {Environment.ProcessId}); "
                + "wait for it or give another folder\n",
                run.Error);
            Assert.Equal(before, sample.Listing());
        }
    }

    [Fact]
    public void Run_FolderThatCannotBeWritten_IsRefused()
    {
        Assert.SkipUnless(OperatingSystem.IsLinux(), "needs a place where nobody may make a folder");
        using var sample = new SampleRun();

        var run = SampleRun.Run(sample.Training(("output_dir", "/sys/lonas")));

        ErrorTable.Require("output folder can't be written", run.ExitCode, run.Error);
    }

    [Fact]
    public void Run_HolderKilled_TheNextOneRuns()
    {
        using var sample = new SampleRun();
        var lockFile = Path.Combine(sample.Output, FolderLock.LockFile);
        Assert.True(CliProcess.Kill(
            () => File.Exists(Path.Combine(sample.Output, "lonas_run.json")), sample.Training()));
        Assert.True(File.Exists(lockFile));

        var run = SampleRun.Run(sample.Training());

        Assert.Equal((0, ""), (run.ExitCode, run.Error));
        Assert.False(File.Exists(lockFile));
    }

    [Fact]
    public async Task Extract_TwoProcessesAtOnce_OneWritesAndTheOtherSaysSo()
    {
        using var folder = new TemporaryFolder();
        string[] args =
        [
            "extract", "--model_name_or_path", Repository.Fixture("llama-tiny"),
            "--lora_weights", TinyFamilies.AdapterFolder("llama"),
            "--nncf_config", Repository.Fixture("nncf_llama_tiny.json"), "--output_dir", folder.Path("out"),
        ];

        var runs = await Task.WhenAll(Task.Run(() => CliProcess.Of([], args)), Task.Run(() => CliProcess.Of([], args)));

        var other = Assert.Single(runs, run => run.ExitCode != 0);
        Assert.Equal(2, other.ExitCode);
        Assert.Matches("is being written by another process|exists already", other.Error);
        Assert.Equal(["out"], Directory.GetFileSystemEntries(folder.Root).Select(Path.GetFileName));
    }
}
