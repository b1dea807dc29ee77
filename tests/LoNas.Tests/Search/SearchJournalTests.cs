using System.Text.Json.Nodes;
using LoNas.Search;

namespace LoNas.Tests.Search;

public sealed class SearchJournalTests : IDisposable
{
    private readonly string _folder = Directory.CreateTempSubdirectory("lonas-journal-").FullName;

    private string Journal => Path.Combine(_folder, "search_journal.jsonl");

    [Fact]
    public void Open_AfterAppending_FindsExactlyWhatWasWritten()
    {
        using (var journal = SearchJournal.Open(Journal, Identity(seed: 1)))
        {
            journal.Append([0, 2, 1], [1.0 / 3, -0.1]);
            journal.Append([1, 2, 1], [5, 7]);
        }

        using var again = SearchJournal.Open(Journal, Identity(seed: 1));
        Assert.Equal(2, again.Count);
        Assert.Equal([1.0 / 3, -0.1], again.Find([0, 2, 1])!);
        Assert.Null(again.Find([0, 2, 2]));
    }

    [Fact]
    public void Open_LastLineTorn_DropsItAndGoesOn()
    {
        using (var journal = SearchJournal.Open(Journal, Identity(seed: 1)))
        {
            journal.Append([0], [1, 2]);
        }

        var whole = File.ReadAllText(Journal);
        File.WriteAllText(Journal, whole + "{\"genome\": [1");
        using (var journal = SearchJournal.Open(Journal, Identity(seed: 1)))
        {
            Assert.Equal(1, journal.Count);
            journal.Append([1], [2, 3]);
        }

        Assert.Equal(whole + "{\"genome\":[1],\"objectives\":[2,3]}\n", File.ReadAllText(Journal));
    }

    [Fact]
    public void Open_AnotherSeed_IsRefusedByName()
    {
        SearchJournal.Open(Journal, Identity(seed: 1)).Dispose();

        var error = Assert.Throws<InvalidDataException>(() => SearchJournal.Open(Journal, Identity(seed: 2)));

        Assert.Contains("seed was 1 and is 2", error.Message);
    }

    [Theory]
    [InlineData("{\"genome\": 3, \"objectives\": [1, 2]}")]
    [InlineData("{\"genome\": [0.5], \"objectives\": [1, 2]}")]
    [InlineData("{\"genome\": [0], \"objectives\": [1]}")]
    [InlineData("{\"genome\": [0], \"objectives\": [1, null]}")]
    [InlineData("{\"genome\": [0]}")]
    public void Open_DamagedEntry_IsNamed(string line)
    {
        SearchJournal.Open(Journal, Identity(seed: 1)).Dispose();
        File.AppendAllText(Journal, line + "\n");

        var error = Assert.Throws<InvalidDataException>(() => SearchJournal.Open(Journal, Identity(seed: 1)));

        Assert.Contains("line 2, is damaged: expected a 'genome'", error.Message);
    }

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    private static JsonObject Identity(int seed) => new() { ["seed"] = seed, ["model"] = "tiny" };
}
