using System.Text.Json.Nodes;
using LoNas.Cli.Output;
using LoNas.Postgres;
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
        Assert.Matches($"^search [0-9a-f]{{16}}: finished, {EvaluationsIn(alone)} of 12 evaluations", status.Output);
    }

    [Fact]
    public async Task Search_LatencyInADatabase_IsMeasuredByOneWorker()
    {
        Assert.SkipUnless(TemporaryPostgres.Absence is null, TemporaryPostgres.Absence ?? "");
        using var database = TemporaryPostgres.Start();
        string[] folders = [sample.NewFolder(), sample.NewFolder()];

        var runs = await Task.WhenAll(folders.Select(folder => Task.Run(() => CliProcess.Of(
            [],
            [
                .. Search(folder), "--search_cost=latency", "--search_metric=loss", $"--workers={database.Address}",
            ]))));

        Assert.All(runs, run => SearchSample.Succeeds(run.ExitCode, run.Error));
        RequireSame(folders[0], folders[1]);
        using var reader = new PostgresDatabase(PostgresAddress.Parse(database.Address));
        reader.Open(makes: false);
        Assert.Equal("1", reader.Text("select count(*)::text from lonas_latency"));
    }

    [Fact]
    public void Search_DatabaseWithAnEditedRow_IsRefusedByItsName()
    {
        Assert.SkipUnless(TemporaryPostgres.Absence is null, TemporaryPostgres.Absence ?? "");
        using var database = TemporaryPostgres.Start();
        Assert.Equal(
            0, SampleRun.Run([.. Search(sample.NewFolder()), $"--workers={database.Address}"]).ExitCode);
        using var editor = new PostgresDatabase(PostgresAddress.Parse(database.Address));
        editor.Open(makes: false);
        editor.Run(
            "update lonas_evaluation set metric = null where genome = (select min(genome) from lonas_evaluation)");
        editor.Run("insert into lonas_evaluation select id, 'abc', 1, 2 from lonas_search");

        var run = SampleRun.Run([.. Search(sample.NewFolder()), $"--workers={database.Address}"]);

        ErrorTable.Require("edited row of a search in a database", run.ExitCode, run.Error);
        Assert.Contains("genome abc: it is no list of whole numbers", run.Error);
    }

    [Fact]
    public void Search_DatabaseWithoutARight_IsRefused()
    {
        Assert.SkipUnless(TemporaryPostgres.Absence is null, TemporaryPostgres.Absence ?? "");
        using var database = TemporaryPostgres.Start();
        using var owner = new PostgresDatabase(PostgresAddress.Parse(database.Address));
        owner.Open(makes: false);
        owner.Run("create role worker login");
        owner.Run("revoke create on schema public from public");

        var run = SampleRun.Run([.. Search(sample.NewFolder()), $"--workers={database.AddressOf("worker")}"]);

        ErrorTable.Require("right that is missing in a database", run.ExitCode, run.Error);
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
    [InlineData("connection string in place of an address", "--workers=Host=db;Username=x;Password=secret")]
    [InlineData("password in an address", "--workers=postgres://lonas:secret@db/searches")]
    [InlineData("password in an address", "--workers=postgres://lonas%3Asecret@db/searches")]
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

        Assert.StartsWith(
            $"search: finished, {EvaluationsIn(folder)} of 12 evaluations", CliRun.Of("status", folder).Output);
        Assert.StartsWith("training: finished", CliRun.Of("status", sample.Adapter).Output);
        var json = JsonNode.Parse(CliRun.Of("status", folder, "--json").Output)!;
        Assert.True(json["searches"]![0]!["finished"]!.GetValue<bool>());
    }

    [Fact]
    public void Status_FolderOfARunThatWorksAlone_NamesItsProcess()
    {
        var folder = sample.NewFolder();
        Assert.Equal(0, SampleRun.Run(Search(folder)).ExitCode);
        File.Delete(Path.Combine(folder, "search_progression.csv"));

        Assert.Contains("no worker is there", CliRun.Of("status", folder).Output);
        using var held = FolderLock.Take(folder);
        var run = CliRun.Of("status", folder);
        Assert.Matches(@"^search: \d+ of 12 evaluations", run.Output);
        Assert.Contains($"in use by process {Environment.ProcessId}", run.Output);
        Assert.DoesNotContain("no worker is there", run.Output);
    }

    [Fact]
    public void Status_FolderOfWorkersThatBegin_IsWork()
    {
        var folder = sample.NewFolder();
        using var held = FolderLock.Take(folder, isShared: true);
        string[] before = Directory.GetFileSystemEntries(folder);

        var run = CliRun.Of("status", folder);

        Assert.Equal((0, ""), (run.ExitCode, run.Error));
        Assert.Equal(["nothing is saved yet", "in use by workers of a search"], run.Output.Trim().Split('\n'));
        Assert.Equal(
            "workers of a search",
            JsonNode.Parse(CliRun.Of("status", folder, "--json").Output)!["in_use_by"]!.GetValue<string>());
        Assert.Equal(before, Directory.GetFileSystemEntries(folder));
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

    private static int EvaluationsIn(string folder) =>
        File.ReadAllLines(Path.Combine(folder, "search_progression.csv")).Length;

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
