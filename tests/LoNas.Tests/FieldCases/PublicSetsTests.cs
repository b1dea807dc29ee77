using LoNas.Cli.Sets;
using LoNas.Tests.Cli;
using LoNas.Tests.Support;

namespace LoNas.Tests.FieldCases;

/// <summary><c>data math|commonsense|glue</c>: where the public sets come from, what is there, and the rest.</summary>
public sealed class PublicSetsTests : IDisposable
{
    private const string Record = """{"instruction": "What is 1 + 1?", "output": "2", "answer": "2"}""";

    private readonly TinyHubRepository _hub = new();
    private readonly TemporaryFolder _folder = new();

    public void Dispose()
    {
        _hub.Dispose();
        _folder.Dispose();
    }

    [Theory]
    [InlineData("math", "gsm8k/test.json", "dataset/gsm8k/test.json", 5)]
    [InlineData("commonsense", "commonsense_15k.json", "ft-training_set/commonsense_15k.json", 9)]
    public void Data_NothingThere_PrintsWhatDownloadsIt(string sets, string file, string source, int files)
    {
        var run = CliRun.Of("data", sets, "--datasets_dir", _folder.Root);

        Assert.Equal((1, ""), (run.ExitCode, run.Error));
        Assert.Contains("https://github.com/AGI-Edgerunners/LLM-Adapters", run.Output);
        Assert.Contains($"{files} of {files} files are missing", run.Output);
        Assert.Contains(
            $"curl -fL --create-dirs -o {_folder.Path(file)} "
            + $"https://raw.githubusercontent.com/AGI-Edgerunners/LLM-Adapters/main/{source}\n", run.Output);
        Assert.Equal(files, run.Output.Split('\n').Count(line => line.StartsWith("curl ", StringComparison.Ordinal)));
    }

    [Fact]
    public void Data_FolderThatAShellWouldChange_IsQuoted() => Assert.Contains(
        "-o 'x $(touch y) \"z/SVAMP/test.json' https://",
        CliRun.Of("data", "math", "--datasets_dir", "x $(touch y) \"z", "--dry_run").Output);

    [Fact]
    public void Data_SharedTestSets_HaveTheirPublishedNumbers()
    {
        var run = CliRun.Of("data", "math", "--datasets_dir", SharedData.Path("datasets"), "--dry_run");
        var commonsense = CliRun.Of("data", "commonsense", "--datasets_dir", SharedData.Path("datasets"), "--dry_run");

        Assert.Equal((0, 0), (run.ExitCode, commonsense.ExitCode));
        Assert.Matches(@"gsm8k/test\.json +\| +test +\| +1,319 records +\|", run.Output);
        Assert.DoesNotContain("published", run.Output);
        Assert.Matches(
            @"hellaswag/test\.json +\| +test +\| +1,000 records, published with 10,042 +\|", commonsense.Output);
        Assert.Single(commonsense.Output.Split("published with").Skip(1));
        Assert.Contains("1 of 5 files are missing", run.Output);
    }

    [Theory]
    [InlineData("[{\"instruction\": \"a\"", "is not valid JSON")]
    [InlineData("[{\"instruction\": \"a\"}]", "'answer' is missing")]
    [InlineData("", "is empty")]
    public void Data_DamagedFile_IsNamed(string content, string expected)
    {
        var path = Write("gsm8k/test.json", content);

        var run = CliRun.Of("data", "math", "--datasets_dir", _folder.Root);

        Assert.Equal(2, run.ExitCode);
        Assert.Contains(path, run.Error);
        Assert.Contains(expected, run.Error);
        Assert.Matches(@"gsm8k/test\.json +\| +test +\| +damaged +\|", run.Output);
    }

    [Fact]
    public void Data_FileThatIsAFolder_IsNamed()
    {
        Directory.CreateDirectory(_folder.Path("glue", "rte", "train-00000-of-00001.parquet"));
        var run = CliRun.Of("data", "glue", "--datasets_dir", _folder.Root);

        Assert.Equal(2, run.ExitCode);
        Assert.Contains("rte/train-00000-of-00001.parquet' is a folder; expected a file", run.Error);
    }

    [Fact]
    public void Data_Glue_DownloadsWhatIsMissing()
    {
        var files = FillHub("glue");
        Write("glue/RTE/train.tsv", "index\tsentence1\tsentence2\tlabel\n");
        var own = Write("glue/rte/validation-00000-of-00001.parquet", "mine");

        var run = Hub("glue");

        Assert.Equal((0, ""), (run.ExitCode, Lines(run.Error, "error")));
        Assert.Contains("all 29 files are there: 27 were downloaded", run.Output);
        Assert.Equal("mine", File.ReadAllText(own));
        Assert.False(File.Exists(_folder.Path("glue", "rte", "train-00000-of-00001.parquet")));
        Assert.Equal(
            _hub["qqp/train-00000-of-00001.parquet"],
            File.ReadAllBytes(_folder.Path("glue", "qqp", "train-00000-of-00001.parquet")));
        Assert.Contains("all 29 files are there\n", CliRun.Of("data", "glue", "--datasets_dir", _folder.Root).Output);
        Assert.Equal(29, files);
    }

    [Fact]
    public void Data_CopyOnAHub_IsDownloadedUnderItsSourcesPaths()
    {
        FillHub("math");

        Assert.Equal(0, Hub("math").ExitCode);
        Assert.Equal(Record, File.ReadAllText(_folder.Path("AQuA", "test.json")));
    }

    [Fact]
    public void Data_FileThatTheHubLacks_WritesNothing()
    {
        var run = Hub("math");

        Assert.Equal(2, run.ExitCode);
        Assert.Contains(
            "has no 'ft-training_set/math_10k.json' for 'org/tiny' at revision 'main' (404): check", run.Error);
        Assert.Empty(Directory.EnumerateFileSystemEntries(_folder.Root));
        Assert.Contains("curl -fL --create-dirs", run.Output);
    }

    [Fact]
    public void Data_Offline_SaysSoAndPrintsTheCommands()
    {
        var run = CliProcess.Of(
            [("HF_HUB_CACHE", _hub.Settings.CacheFolder), ("HF_HUB_OFFLINE", "1"), ("HF_ENDPOINT", "https://hub.test")],
            "data", "glue", "--datasets_dir", _folder.Root);

        Assert.Equal(2, run.ExitCode);
        Assert.Contains(
            "The data set 'nyu-mll/glue' is not complete in the cache", run.Error);
        Assert.Contains("HF_HUB_OFFLINE forbids asking the hub: unset it", run.Error);
        Assert.Contains(" https://hub.test/datasets/nyu-mll/glue/resolve/main/rte/train-00000", run.Output);
    }

    [Fact]
    public void Data_DryRun_AsksNobody()
    {
        var run = Hub("glue", "--dry_run");

        Assert.Equal(0, run.ExitCode);
        Assert.Empty(_hub.Hub.Seen);
        Assert.Contains("29 of 29 files are missing", run.Output);
    }

    [Theory]
    [InlineData("no-slash", "--hub_dataset is 'no-slash'; expected a hub name such as nyu-mll/glue")]
    [InlineData("a/b/c", "--hub_dataset is 'a/b/c'")]
    public void Data_NoHubName_IsRefused(string name, string expected)
    {
        var run = CliRun.Of("data", "glue", "--hub_dataset", name);

        Assert.Equal(2, run.ExitCode);
        Assert.Contains(expected, run.Error);
    }

    [Theory]
    [InlineData("../x")]
    [InlineData("/x")]
    [InlineData("a//b")]
    [InlineData("a\\..\\b")]
    public void Fetch_PathThatLeavesTheRepository_IsRefused(string file) =>
        Assert.Contains("is no file of a repository", Assert.Throws<ArgumentException>(
            () => _hub.FetchDataset(file)).Message);

    [Fact]
    public void Fetch_FileInAFolder_IsLinkedToItsBlob()
    {
        _hub.Add("rte/train.parquet", "PAR1");
        var folder = _hub.FetchDataset("rte/train.parquet");

        Assert.Equal("PAR1", File.ReadAllText(Path.Combine(folder, "rte", "train.parquet")));
        Assert.EndsWith(Path.Combine("datasets--org--tiny", "snapshots", TinyHubRepository.Commit), folder);
        _hub.Hub.Dispose();
        Assert.Equal(folder, _hub.FetchDataset("rte/train.parquet"));
    }

    private int FillHub(string name)
    {
        var files = PublicSets.All.Single(sets => sets.Name == name).Files;
        foreach (var file in files)
        {
            _hub.Add(file.Source, file.IsJson ? Record : $"PAR1 {file.Path}");
        }

        return files.Count;
    }

    private CliRun Hub(string name, params string[] more) => CliProcess.Of(
        [("HF_ENDPOINT", $"{_hub.Hub.Address}"), ("HF_HUB_CACHE", _hub.Settings.CacheFolder), ("HF_HUB_OFFLINE", "0")],
        ["data", name, "--datasets_dir", _folder.Root, "--hub_dataset", "org/tiny", .. more]);

    private string Write(string file, string content)
    {
        var path = _folder.Path(file);
        Directory.CreateDirectory(Path.GetDirectoryName(path)!);
        File.WriteAllText(path, content);
        return path;
    }

    private static string Lines(string text, string start) =>
        string.Join('\n', text.Split('\n').Where(line => line.StartsWith(start, StringComparison.Ordinal)));
}
