using LoNas.Tests.Support;

namespace LoNas.Tests.Cli.Train;

/// <summary>
/// A disk that becomes full ends the command with a message and leaves what was good; with more space the same command
/// ends with the files of one that never lacked any.
/// </summary>
public sealed class FullDiskTests(SearchSample sample) : IClassFixture<SearchSample>
{
    private static readonly string[] Logs = ["lonas.log", "lonas.lock", "lonas.lock.pid"];

    /// <summary>The lack of space would be foretold and nothing begun.</summary>
    private static readonly (string, string?) Forced = ("force", "True");

    private static readonly string[] Timed = ["train_results.json", "all_results.json", "trainer_state.json"];

    [Theory]
    [InlineData("True")]
    [InlineData("False")] // PyTorch's format, a ZIP archive
    public void Train_FullWhileACheckpointIsWritten_KeepsTheOneBeforeAndGoesOn(string safetensors)
    {
        SmallDisk.Require();
        using var disk = new SmallDisk();
        (string, string?)[] flags = [
            ("save_strategy", "steps"), ("save_steps", "1"), ("save_safetensors", safetensors)];
        var unbroken = sample.NewFolder();
        Assert.Equal(0, SampleRun.Run(sample.Training([("output_dir", unbroken), .. flags])).ExitCode);

        var (full, again) = disk.Run("9m", sample.Training([("output_dir", disk.Mount), .. flags, Forced]));

        SaysFull(full);
        Assert.Equal(
            ["checkpoint-1", "checkpoint-2", "lonas_run.json"],
            Directory.GetFileSystemEntries(disk.AfterFull).Select(Path.GetFileName)
                .Where(name => !Logs.Contains(name)).Order());
        SameFiles(Path.Combine(unbroken, "checkpoint-2"), Path.Combine(disk.AfterFull, "checkpoint-2"));
        Assert.True(again.ExitCode == 0, again.Error);
        Assert.Contains($"going on from {Path.Combine(disk.Mount, "checkpoint-2")}, step 2 of", again.Output);
        SameFiles(unbroken, disk.AfterAgain);
    }

    [Fact]
    public void Train_TooSmallDisk_IsRefusedBeforeAnythingIsWritten()
    {
        SmallDisk.Require();
        using var disk = new SmallDisk();

        var (refused, again) = disk.Run("9m", sample.Training(
            ("output_dir", disk.Mount), ("save_strategy", "steps"), ("save_steps", "1")));

        ErrorTable.Require("too little disk expected", refused.ExitCode, refused.Error);
        Assert.Empty(Directory.GetFileSystemEntries(disk.AfterFull));
        Assert.True(again.ExitCode == 0, again.Error);
    }

    [Fact]
    public void Test_FullWhileAResponseIsWritten_KeepsTheOthersAndGoesOn()
    {
        SmallDisk.Require();
        using var disk = new SmallDisk();
        using var run = new SampleRun(testRecords: 50);
        var unbroken = sample.NewFolder();
        string[] Line(string output) =>
            run.Testing(("lora_weights", sample.Adapter), ("output_dir", output), ("max_new_tokens", "8"));
        Assert.Equal(0, SampleRun.Run(Line(unbroken)).ExitCode);

        var (full, again) = disk.Run("16k", Line(disk.Mount));

        SaysFull(full);
        int lines = WholeLines(Path.Combine(disk.AfterFull, "test.partial.jsonl"));
        Assert.InRange(lines, 2, 200);
        Assert.Equal((0, ""), (again.ExitCode, again.Error));
        Assert.Contains($"going on with the test under way: {lines - 1} of 200 records", again.Output);
        SameFiles(unbroken, disk.AfterAgain);
    }

    [Fact]
    public void Search_FullWhileAnEvaluationIsWritten_KeepsTheOthersAndGoesOn()
    {
        SmallDisk.Require();
        using var disk = new SmallDisk();
        var unbroken = sample.NewFolder();
        string[] Line(string output) => sample.Search(
            output, ("search_metric", "loss"), ("num_evals", "200"), ("population", "20"), ("val_set_size", "1"));
        Assert.Equal(0, SampleRun.Run(Line(unbroken)).ExitCode);

        var (full, again) = disk.Run("16k", Line(disk.Mount));

        SaysFull(full);
        int lines = WholeLines(Path.Combine(disk.AfterFull, "search_journal.jsonl"));
        Assert.InRange(lines, 2, 200);
        Assert.Equal(0, again.ExitCode);
        Assert.Contains($"going on from search_journal.jsonl: {lines - 1} sub-adapters", again.Output);
        SameFiles(unbroken, disk.AfterAgain);
    }

    [Theory]
    [InlineData("extract", "output_dir", "model", "2m")]
    [InlineData("extract", "output_dir", "model", "3000k", "--max_shard_size=1MB")]
    [InlineData("merge", "output_dir", "model", "2m")]
    [InlineData("export", "output", "model.gguf", "2m", "--to=gguf")]
    [InlineData("export", "output", "adapter.gguf", "800k", "--to=gguf-lora", "--sub_adapter=maximal")]
    [InlineData("export", "output", "adapter", "800k", "--to=peft", "--sub_adapter=maximal")]
    public void Write_Full_LeavesNothingAndSucceedsAgain(
        string command, string flag, string name, string size, params string[] more)
    {
        SmallDisk.Require();
        using var disk = new SmallDisk();
        var unbroken = sample.NewFolder();
        Directory.CreateDirectory(unbroken);
        string[] Line(string folder) =>
        [
            command, $"--model_name_or_path={SampleRun.Model}", $"--lora_weights={sample.Adapter}",
            $"--{flag}={Path.Combine(folder, name)}", "--threads=1", "--force", .. more,
        ];
        var straight = SampleRun.Run(Line(unbroken));
        Assert.True(straight.ExitCode == 0, straight.Error);

        var (full, again) = disk.Run(size, Line(disk.Mount));

        SaysFull(full);
        Assert.Empty(Directory.GetFileSystemEntries(disk.AfterFull));
        Assert.True(again.ExitCode == 0, again.Error);
        SameFiles(unbroken, disk.AfterAgain);
    }

    private static void SaysFull(CliRun run)
    {
        ErrorTable.Require("disk full", run.ExitCode, run.Error);
        Assert.Contains("No space left on device", run.Error);
        Assert.DoesNotContain("   at ", run.Error);
    }

    private static int WholeLines(string path)
    {
        var text = File.ReadAllText(path);
        Assert.EndsWith("\n", text);
        return text.Count(letter => letter == '\n');
    }

    /// <summary>All files but those with times in them.</summary>
    private static void SameFiles(string expected, string actual)
    {
        string[] Names(string folder) => [.. Directory.EnumerateFiles(folder, "*", SearchOption.AllDirectories)
            .Select(path => Path.GetRelativePath(folder, path))
            .Where(name => !Logs.Contains(name) && !Timed.Contains(name)).Order(StringComparer.Ordinal)];
        Assert.Equal(Names(expected), Names(actual));
        Assert.All(Names(expected), name => Assert.True(
            File.ReadAllBytes(Path.Combine(expected, name)).AsSpan()
                .SequenceEqual(File.ReadAllBytes(Path.Combine(actual, name))), $"{name} differs"));
    }
}
