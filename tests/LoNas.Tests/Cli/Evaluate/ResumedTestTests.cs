using LoNas.Cli.Output;
using LoNas.Tests.Support;

namespace LoNas.Tests.Cli.Evaluate;

/// <summary>A test that was killed goes on where it stopped and ends with the files of an unbroken one.</summary>
[Collection(AloneTests.Name)]
public sealed class ResumedTestTests
{
    private const string Journal = "test.partial.jsonl";

    /// <summary>Long answers, one after another: so that there is something to break off.</summary>
    private static readonly (string, string?)[] BaseModel =
        [("lora", null), ("lora_weights", null), ("max_new_tokens", "64"), ("per_device_eval_batch_size", "1")];

    [Fact]
    public void Run_KilledThenRunAgain_EndsWithTheSameFiles()
    {
        // Enough records that the test is still under way when it is killed, on a busy machine too.
        using var unbroken = new SampleRun(testRecords: 40);
        using var broken = new SampleRun(testRecords: 40);
        // Batches change nothing.
        Assert.Equal(
            0, SampleRun.Run(unbroken.Testing([.. BaseModel, ("per_device_eval_batch_size", null)])).ExitCode);
        var journal = Path.Combine(broken.Output, Journal);

        bool killed = CliProcess.Kill(() => Lines(journal) > 4, broken.Testing(BaseModel));

        Assert.True(killed, "the process ended before it could be killed");
        Assert.False(File.Exists(Path.Combine(broken.Output, "eval_results.json")));
        int known = Lines(journal) - 1;
        var run = SampleRun.Run(broken.Testing(BaseModel));
        Assert.Equal((0, ""), (run.ExitCode, run.Error));
        Assert.Contains($"going on with the test under way: {known} of 160 records", run.Output);
        Assert.Equal(Files(unbroken), Files(broken));
    }

    [Fact]
    public void Run_KilledAfterTraining_GoesOnWithTheTrainedAdapter()
    {
        // Enough records that the test is still under way when it is killed.
        using var unbroken = new SampleRun(testRecords: 12);
        using var broken = new SampleRun(testRecords: 12);
        (string, string?)[] tested = [
            ("do_test", "True"), ("max_new_tokens", "64"), ("per_device_eval_batch_size", "1")];
        Assert.Equal(0, SampleRun.Run(unbroken.Training(tested)).ExitCode);
        var journal = Path.Combine(broken.Output, Journal);

        Assert.True(CliProcess.Kill(() => Lines(journal) > 1, broken.Training(tested)));

        var run = SampleRun.Run(broken.Training(tested));
        Assert.Equal((0, ""), (run.ExitCode, run.Error));
        Assert.Contains("going on with the test under way", run.Output);
        Assert.DoesNotContain("training", run.Output);
        Assert.Equal(
            File.ReadAllBytes(Path.Combine(unbroken.Output, "eval_results.json")),
            File.ReadAllBytes(Path.Combine(broken.Output, "eval_results.json")));
        Assert.StartsWith("finished earlier", SampleRun.Run(broken.Training(tested)).Output);
    }

    [Fact]
    public void Run_AnotherTestUnderWay_IsRefusedByNameUnlessOverwritten()
    {
        using var sample = new SampleRun();
        Assert.Equal(0, SampleRun.Run(sample.Training()).ExitCode);
        Interrupt(sample, sample.Testing());
        var before = sample.Listing();

        foreach (var (change, difference) in new (string, string?, string)[]
        {
            ("sub_adapter", "minimal", "sub_adapter was \"heuristic\" and is \"minimal\""),
            ("num_beams", "1", "num_beams was 4 and is 1"),
            ("bf16", "True", "type was \"Float32\" and is \"BFloat16\""),
            ("max_test_samples", "1", "sets was {"),
        }.Select(row => ((row.Item1, row.Item2), row.Item3)))
        {
            var refused = SampleRun.Run(sample.Testing(change));
            ErrorTable.Require("journal of another test", refused.ExitCode, refused.Error);
            Assert.Contains($"{Journal}' belongs to another test", refused.Error);
            Assert.Contains(difference, refused.Error);
            Assert.Equal(before, sample.Listing());
        }

        Assert.Equal(
            0, SampleRun.Run(sample.Testing(("sub_adapter", "minimal"), ("overwrite_output_dir", "True"))).ExitCode);
        Assert.True(File.Exists(Path.Combine(sample.Output, "minimal.mawps.res.json")));
        Assert.False(File.Exists(Path.Combine(sample.Output, Journal)));
    }

    [Fact]
    public void Run_TrainingIntoAFolderWithATestUnderWay_StartsItsOwnTest()
    {
        using var sample = new SampleRun();
        Interrupt(sample, sample.Testing(BaseModel));

        var run = SampleRun.Run(sample.Training(("do_test", "True")));

        Assert.Equal((0, ""), (run.ExitCode, run.Error));
        Assert.False(File.Exists(Path.Combine(sample.Output, Journal)));
    }

    [Fact]
    public void Run_FinishedRunWithAnotherTestFlag_TestsAgainWithoutTraining()
    {
        using var sample = new SampleRun();
        Assert.Equal(0, SampleRun.Run(sample.Training()).ExitCode);
        var adapter = sample.AdapterBytes();

        // The test was not asked for before; then it is asked for in another way.
        foreach (var (flag, value, file) in new[]
        {
            ("do_test", "True", "heuristic.mawps.res.json"), ("sub_adapter", "minimal", "minimal.mawps.res.json"),
        })
        {
            var run = SampleRun.Run(sample.Training(("do_test", "True"), (flag, value)));
            Assert.Equal((0, ""), (run.ExitCode, run.Error));
            Assert.DoesNotContain("training", run.Output);
            Assert.True(File.Exists(Path.Combine(sample.Output, file)));
        }

        Assert.Equal(adapter, sample.AdapterBytes());
        Assert.StartsWith("finished earlier", SampleRun.Run(sample.Training()).Output);
        Assert.StartsWith(
            "finished earlier", SampleRun.Run(sample.Training(("do_test", "True"), ("sub_adapter", "minimal"))).Output);
    }

    /// <summary>Leaves a test under way: Ctrl+C before its first record.</summary>
    private static void Interrupt(SampleRun sample, string[] args)
    {
        using var stop = new CancellationTokenSource();
        stop.Cancel();
        Assert.Equal(130, SampleRun.Run(args, stop.Token).ExitCode);
        Assert.True(File.Exists(Path.Combine(sample.Output, Journal)));
    }

    private static int Lines(string path)
    {
        try
        {
            using var stream = new FileStream(
                path, FileMode.Open, FileAccess.Read, FileShare.ReadWrite | FileShare.Delete);
            using var reader = new StreamReader(stream);
            return reader.ReadToEnd().Count(character => character == '\n');
        }
        catch (Exception error) when (error is FileNotFoundException or DirectoryNotFoundException)
        {
            return 0;
        }
    }

    private static (string, string)[] Files(SampleRun sample) => [.. Directory.EnumerateFiles(sample.Output)
        .Where(path => Path.GetFileName(path) != RunLog.FileName)
        .Order(StringComparer.Ordinal).Select(path => (Path.GetFileName(path), File.ReadAllText(path)))];
}
