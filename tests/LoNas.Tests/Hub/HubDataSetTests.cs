using System.Text;
using System.Text.Json;
using LoNas.Data.Records;
using LoNas.Tests.Cli;
using LoNas.Tests.Support;
using static LoNas.Tests.Support.TinyHub;

namespace LoNas.Tests.Hub;

/// <summary>Data sets by hub name: which of their files are read, and the cache that they come through.</summary>
public sealed class HubDataSetTests : IDisposable
{
    private readonly TinyHubRepository _hub = new();
    private readonly NoticeList _notices = new();
    private string[] _names = ["README.md", "train.jsonl", "test.jsonl"];

    public HubDataSetTests()
    {
        _hub.Add("train.jsonl", "{\"text\": \"a\"}\n");
        _hub.Add("test.jsonl", "{\"text\": \"b\"}\n");
        _hub.Override = request => !request.Path.StartsWith("/api/", StringComparison.Ordinal) ? null
            : request.Path == "/api/datasets/org/tiny/revision/main"
                || request.Path == $"/api/datasets/org/tiny/revision/{TinyHubRepository.Commit}"
                ? new Reply(200, Encoding.UTF8.GetBytes(JsonSerializer.Serialize(new
                {
                    sha = TinyHubRepository.Commit,
                    siblings = _names.Select(name => new { rfilename = name }),
                })))
                : Reply.Empty(404);
    }

    public void Dispose() => _hub.Dispose();

    [Theory]
    [InlineData("org/tiny")]
    [InlineData("org/tiny@main")]
    [InlineData($"org/tiny@{TinyHubRepository.Commit}")]
    [InlineData("hf://datasets/org/tiny")]
    [InlineData("hf://datasets/org/tiny@main/train.jsonl")]
    public void Find_Name_GivesTheTrainingFileInTheCache(string text)
    {
        var path = Assert.Single(Find(text));
        Assert.Equal(
            Path.Combine(_hub.Settings.CacheFolder, "datasets--org--tiny", "snapshots", TinyHubRepository.Commit,
                "train.jsonl"), path);
        Assert.Equal("a", ((DocumentRecord)RecordSet.Open([path]).Read().Single()).Text);
        Assert.Contains("the data set 'org/tiny' is train.jsonl", _notices.Texts);
    }

    [Fact]
    public void Find_NamedFile_IsThatOne() =>
        Assert.EndsWith("test.jsonl", Assert.Single(Find("hf://datasets/org/tiny/test.jsonl")));

    [Fact]
    public void Find_Offline_TakesTheCacheAndSaysSo()
    {
        var path = Find("org/tiny");
        int asked = _hub.Hub.Seen.Count;
        _hub.Settings = _hub.Settings with { Offline = true };
        Assert.Equal(path, Find("org/tiny"));
        Assert.Equal(asked, _hub.Hub.Seen.Count);
        Assert.Contains(_notices.Texts, text => text.Contains("is taken as the cache has it", StringComparison.Ordinal));
    }

    [Fact]
    public void Find_OfflineWithoutIt_IsRefused()
    {
        _hub.Settings = _hub.Settings with { Offline = true };
        var error = Assert.Throws<InvalidDataException>(() => Find("org/tiny"));
        Assert.StartsWith("The data set 'org/tiny' is not complete in the cache ", error.Message);
    }

    [Fact]
    public void Find_UnknownName_IsRefused() => Assert.Contains(
        "has no 'org/other' at revision 'main' (404)",
        Assert.Throws<InvalidDataException>(() => Find("org/other")).Message);

    [Fact]
    public void Find_PathThatExists_WinsOverAName()
    {
        using var folder = new TemporaryFolder();
        Assert.Equal([folder.Root], Find(folder.Root));
        Assert.Equal(["data/train.jsonl"], Find("data/train.jsonl"));
        Assert.Empty(_hub.Hub.Seen);
    }

    [Theory]
    [InlineData("data/train-00000-of-00002.parquet data/train-00001-of-00002.parquet data/test-00000-of-00001.parquet README.md",
        "data/train-00000-of-00002.parquet data/train-00001-of-00002.parquet")]
    [InlineData("train.csv.gz validation.csv.gz", "train.csv.gz")]
    [InlineData("train_v2.json", "train_v2.json")]
    [InlineData("alpaca_data.json README.md", "alpaca_data.json")]
    [InlineData("train/part1.jsonl train/part2.jsonl test/part1.jsonl", "train/part1.jsonl train/part2.jsonl")]
    public void Choose_UsualNames_AreTheTrainingSet(string names, string chosen) =>
        Assert.Equal(chosen.Split(' '), DataLocation.Choose(names.Split(' '), "", "org/tiny"));

    [Theory]
    [InlineData("a/train.jsonl b/train.jsonl", "", "is not clear by their names: it has a/train.jsonl, b/train.jsonl")]
    [InlineData("train.jsonl train.csv", "", "name one, such as hf://datasets/org/tiny/train.csv")]
    [InlineData("part1.jsonl part2.jsonl", "", "is not clear by their names")]
    [InlineData("test.jsonl", "", "is not clear by their names")]
    [InlineData("README.md model.bin", "", "has no file that ends in .json, .jsonl, .ndjson, .csv, .tsv or .parquet; it has README.md, model.bin")]
    [InlineData("train.jsonl", "b", "has no file 'b' or below it that ends in")]
    public void Choose_OtherNames_AreRefusedWithTheList(string names, string part, string expected) => Assert.Contains(
        expected,
        Assert.Throws<InvalidDataException>(() => DataLocation.Choose(names.Split(' '), part, "org/tiny")).Message);

    [Fact]
    public void Find_SeveralSets_IsInTheTable()
    {
        _names = ["a/train.jsonl", "b/train.jsonl"];
        var error = Assert.Throws<InvalidDataException>(() => Find("org/tiny"));
        ErrorTable.Require("data set of the hub with several sets", 2, $"error: {error.Message}");
    }

    [Fact]
    public void Find_NameThatLeadsOutOfTheCache_IsNone()
    {
        _names = ["../train.jsonl", "a/../../train.csv"];
        Assert.Contains("has no file", Assert.Throws<InvalidDataException>(() => Find("org/tiny")).Message);
    }

    private IReadOnlyList<string> Find(string text) =>
        new DataLocation { Hub = _hub.Settings, Logger = _notices }.Find(text);
}
