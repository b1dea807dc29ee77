using System.Text.Json.Nodes;
using LoNas.Cli.Output;
using LoNas.Search.Sharing;
using LoNas.Soak;
using LoNas.Tests.Support;

namespace LoNas.Tests.Cli.Search;

/// <summary>Searches by several processes, and what status says of work.</summary>
public sealed class SharedSearchCommandTests(SearchSample sample) : IClassFixture<SearchSample>
{
    [Fact]
    public async Task Search_TwoProcessesOneOfThemKilled_GiveTheFilesOfOne()
    {
        var alone = sample.NewFolder();
        var together = sample.NewFolder();
        Assert.Equal(0, SampleRun.Run(Search(alone)).ExitCode);
        string[] shared = [.. Search(together), "--workers=shared"];
        var journal = Path.Combine(together, "search_journal.jsonl");

        var killed = Task.Run(() => CliProcess.Kill(
            () => File.Exists(journal) && new FileInfo(journal).Length > 2000, shared));
        var run = CliProcess.Of([], shared);

        await killed;
        SearchSample.Succeeds(run.ExitCode, run.Error);
        RequireSame(alone, together);
        Assert.False(Directory.Exists(Path.Combine(together, SharedFolder.Workers)));
        var notes = File.ReadAllLines(Path.Combine(together, SharedFolder.MeasuredBy));
        Assert.All(notes[1..], line => Assert.Equal(
            Environment.MachineName, JsonNode.Parse(line)!["host"]!.GetValue<string>()));
    }

    [Fact]
    public async Task Search_Database_GivesTheFilesOfOne()
    {
        Assert.SkipUnless(TemporaryPostgres.Absence is null, TemporaryPostgres.Absence ?? "");
        using var database = TemporaryPostgres.Start();
        var alone = sample.NewFolder();
        string[] folders = [sample.NewFolder(), sample.NewFolder()];
        Assert.Equal(0, SampleRun.Run(Search(alone)).ExitCode);

        var runs = await Task.WhenAll(folders.Select(folder => Task.Run(
            () => CliProcess.Of([], [.. Search(folder), $"--workers={database.Address}"]))));

        Assert.All(runs, run => SearchSample.Succeeds(run.ExitCode, run.Error));
        Assert.All(folders, folder => RequireSame(alone, folder));
        var status = CliRun.Of("status", $"--workers={database.Address}");
        Assert.Equal(0, status.ExitCode);
        Assert.Matches(@"^search [0-9a-f]{16}: finished, \d+ sub-adapters measured", status.Output);
    }

    [Fact]
    public void Search_FolderOfWorkers_IsNoOneElses()
    {
        var folder = sample.NewFolder();
        using (FolderLock.Take(folder, isShared: true))
        {
            using var second = FolderLock.Take(folder, isShared: true);
            var alone = SampleRun.Run(Search(folder));
            ErrorTable.Require("output folder in use by workers", alone.ExitCode, alone.Error);
        }

        using (FolderLock.Take(folder))
        {
            var worker = SampleRun.Run([.. Search(folder), "--workers=shared"]);
            ErrorTable.Require(
                "worker in the folder of a run that works alone", worker.ExitCode, worker.Error);
        }

        Assert.False(Directory.Exists(folder));
    }

    [Fact]
    public void Search_WorkerWithAnotherOption_IsRefusedWithTheDifference()
    {
        var folder = sample.NewFolder();
        Assert.Equal(0, SampleRun.Run([.. Search(folder), "--workers=shared"]).ExitCode);

        var run = SampleRun.Run([.. Search(folder), "--workers=shared", "--search_seed=7"]);

        ErrorTable.Require("journal of another search", run.ExitCode, run.Error);
        Assert.Contains("search_seed was 0 and is 7", run.Error);
    }

    [Theory]
    [InlineData("workers that meet nowhere", "--workers=share")]
    [InlineData("password in an address", "--workers=postgres://lonas:secret@db/searches")]
    [InlineData("database that can't be used", "--workers=postgres://lonas@127.0.0.1:1/searches")]
    [InlineData("workers that would start again", "--workers=shared", "--overwrite")]
    public void Search_WorkersThatCannotBe_AreRefused(string row, params string[] flags)
    {
        var run = SampleRun.Run([.. Search(sample.NewFolder()), .. flags]);

        ErrorTable.Require(row, run.ExitCode, run.Error);
        Assert.DoesNotContain("secret", run.Output + run.Error);
    }

    [Fact]
    public void RunMath_Workers_IsAnUnknownFlag()
    {
        var run = SampleRun.Run([.. sample.Search(sample.NewFolder()), "--workers=shared"]);

        Assert.Equal(2, run.ExitCode);
        Assert.Contains("--workers", run.Error);
    }

    [Fact]
    public void Status_Folders_TellsHowFarTheyAre()
    {
        var folder = sample.NewFolder();
        Assert.Equal(0, SampleRun.Run(Search(folder)).ExitCode);

        Assert.StartsWith("search: finished, ", CliRun.Of("status", folder).Output);
        Assert.StartsWith("training: finished", CliRun.Of("status", sample.Adapter).Output);
        var json = JsonNode.Parse(CliRun.Of("status", folder, "--json").Output)!;
        Assert.True(json["searches"]![0]!["finished"]!.GetValue<bool>());
    }

    [Fact]
    public void Status_FolderWithoutWork_IsRefused()
    {
        using var folder = new TemporaryFolder();

        var run = CliRun.Of("status", folder.Root);

        ErrorTable.Require("status of a folder without work", run.ExitCode, run.Error);
        Assert.Equal(2, CliRun.Of("status").ExitCode);
        Assert.Equal(2, CliRun.Of("status", folder.Path("none")).ExitCode);
    }

    private string[] Search(string folder) =>
    [
        "search", .. sample.Search(folder, ("num_evals", "12")).Skip(1).Where(
            flag => !flag.StartsWith("--lora=") && !flag.StartsWith("--do_search")
                && !flag.StartsWith("--datasets_dir")),
    ];

    private static void RequireSame(string expected, string actual)
    {
        string[] Names(string folder) => [.. Directory.EnumerateFileSystemEntries(folder)
            .Select(path => Path.GetFileName(path)!)
            .Where(name => name is not (RunLog.FileName or SharedFolder.MeasuredBy)).Order(StringComparer.Ordinal)];
        Assert.Equal(Names(expected), Names(actual));
        Assert.All(Names(expected), name => Assert.Equal(
            File.ReadAllBytes(Path.Combine(expected, name)), File.ReadAllBytes(Path.Combine(actual, name))));
    }
}
