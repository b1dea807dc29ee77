using LoNas.Cli.Output;
using LoNas.Storage;
using LoNas.Tests.Support;

namespace LoNas.Tests.Cli.Train;

public sealed class AbandonedFilesTests
{
    [Fact]
    public void Remove_AfterAKilledWrite_TakesTemporaryNamesOnly()
    {
        using var folder = new TemporaryFolder();
        // A file that can't take its place leaves its temporary one only when the process is killed: here it is copied.
        AtomicFile.Write(folder.Path("lonas_run.json"), _ =>
        {
            var writing = Directory.EnumerateFiles(folder.Root).Single();
            File.WriteAllText(writing.Replace("lonas_run", "trainer_state", StringComparison.Ordinal), "half");
        });
        foreach (var path in new[]
        {
            "checkpoint-3", "checkpoint-4.tmp", "checkpoint-3.replaced.tmp",
            "checkpoint-2.replaced.tmp", "checkpoint-1.removed.tmp", "mine.tmp",
        })
        {
            Directory.CreateDirectory(folder.Path(path));
            File.WriteAllText(folder.Path(path, "file"), "");
        }

        File.WriteAllText(folder.Path("notes.tmp"), "mine");

        AbandonedFiles.Remove(folder.Root);

        Assert.Equal(
            ["checkpoint-2.replaced.tmp", "checkpoint-3", "lonas_run.json", "mine.tmp", "notes.tmp"],
            Directory.GetFileSystemEntries(folder.Root).Select(Path.GetFileName).Order());
    }

    [Fact]
    public void Remove_NoFolder_IsFine() =>
        AbandonedFiles.Remove(Path.Combine(Path.GetTempPath(), Guid.NewGuid().ToString()));

    [Fact]
    public void Run_TestAfterAKilledWrite_LeavesNothingOfIt()
    {
        using var sample = new SampleRun(trainingRecords: 8, testRecords: 1);
        Assert.Equal(0, SampleRun.Run(sample.Training()).ExitCode);
        File.WriteAllText(Path.Combine(sample.Output, $"eval_results.json.{Guid.NewGuid():n}.tmp"), "half");

        Assert.Equal(0, SampleRun.Run(sample.Testing()).ExitCode);

        Assert.Empty(Directory.EnumerateFiles(sample.Output, "*.tmp"));
        Assert.True(File.Exists(Path.Combine(sample.Output, "eval_results.json")));
    }
}
