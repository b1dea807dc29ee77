using System.Text.Json.Nodes;
using System.Text.RegularExpressions;
using LoNas.Search;
using LoNas.Tests.Cli;
using LoNas.Tests.Support;

namespace LoNas.Tests.FieldCases;

/// <summary>A search does not go on from evaluations that it can't have made.</summary>
public sealed class EditedJournalTests(SearchSample sample) : IClassFixture<SearchSample>
{
    private static readonly (string, string?)[] Few = [("num_evals", "4"), ("population", "2")];

    /// <summary>What is done to line 3, and what is said of it.</summary>
    public static TheoryData<string, string, string, string> Edits => new()
    {
        { "accuracy", "objectives\":\\[[^,]*,", "objectives\":[1e400,", "an objective is no number" },
        { "accuracy", "objectives\":\\[[^,]*,", "objectives\":[NaN,", "an objective is no number" },
        { "accuracy", "objectives\":\\[[^,]*,", "objectives\":[1,", "its first objective is 1, and its genome has" },
        { "accuracy", "objectives\":\\[[^,]*,", "objectives\":[-5,", "its first objective is -5, and its genome has" },
        { "accuracy", ",[^,]*\\]}", ",-1.5]}", "its accuracy is 1.5; expected 0 to 1" },
        { "accuracy", ",[^,]*\\]}", ",0.5]}", "its accuracy is -0.5; expected 0 to 1" },
        { "accuracy", ",[^,]*\\]}", ",-0.4]}", "its accuracy is 0.4, which is no share of 6 records" },
        { "accuracy", "genome\":\\[[0-9]+,", "genome\":[9,", "its genome has 9 for group 0, whose widths are 0 to" },
        { "accuracy", "genome\":\\[[0-9]+,", "genome\":[0,0,", "its genome has " },
        { "accuracy", "genome\":\\[[0-9]+,", "genome\":[", "its genome has " },
        { "loss", ",[^,]*\\]}", ",-2]}", "its loss is -2; expected at least 0" },
        { "loss", ",[^,]*\\]}", ",1e309]}", "an objective is no number" },
    };

    [Theory]
    [MemberData(nameof(Edits))]
    public void Run_EditedLine_IsRefusedByItsNumber(string metric, string from, string to, string expected)
    {
        var journal = Journal(metric);
        var lines = File.ReadAllLines(journal);
        lines[2] = Regex.Replace(lines[2], from, to);
        File.WriteAllLines(journal, lines);
        var before = File.ReadAllText(journal);

        var run = SampleRun.Run(Line(metric, Path.GetDirectoryName(journal)!));

        ErrorTable.Require("edited journal of a search", run.ExitCode, run.Error);
        Assert.Contains($"\n  line 3: {expected}", run.Error);
        Assert.Equal(expected == "its genome has ", run.Error.Contains("entries, and the search space"));
        Assert.Equal(before, File.ReadAllText(journal));
    }

    [Fact]
    public void Run_TwoLines_AreBothNamed()
    {
        var journal = Journal("accuracy");
        var lines = File.ReadAllLines(journal);
        lines[1] = lines[1].Replace("objectives\":[", "objectives\":[1");
        File.WriteAllLines(journal, [.. lines, lines[2]]);

        var run = SampleRun.Run(Line("accuracy", Path.GetDirectoryName(journal)!));

        Assert.Contains("\n  line 2: its first objective is 1", run.Error);
        Assert.Contains($"\n  line {lines.Length + 1}: its genome stands in an earlier line, too", run.Error);
    }

    [Fact]
    public void Run_JournalAsItWas_GoesOn()
    {
        var journal = Journal("accuracy");

        var run = SampleRun.Run(Line("accuracy", Path.GetDirectoryName(journal)!));

        Assert.True(run.ExitCode == 0, run.Error);
        Assert.Contains("going on from search_journal.jsonl: 3 sub-adapters", run.Output);
    }

    /// <summary>The journal itself can't be gone on from here: it is of an adapter that is not shared.</summary>
    [Fact]
    public void Open_SharedJournal_IsRefusedByItsLine()
    {
        using var folder = new TemporaryFolder();
        var journal = folder.Path("search_journal.jsonl");
        File.WriteAllText(
            journal,
            File.ReadAllText(SharedData.Path("field-cases", "journal-edited", "j_obj1e400", "search_journal.jsonl")));
        var identity = JsonNode.Parse(File.ReadLines(journal).First())!.AsObject();

        var error = Assert.Throws<InvalidDataException>(() => SearchJournal.Open(journal, identity));

        Assert.Contains("\n  line 6: an objective is no number", error.Message);
    }

    /// <summary>The journal of a search that was stopped after three evaluations, in a folder of its own.</summary>
    private string Journal(string metric)
    {
        var (whole, stopped) = (sample.NewFolder(), sample.NewFolder());
        var run = SampleRun.Run(Line(metric, whole));
        Assert.True(run.ExitCode == 0, run.Error);
        Directory.CreateDirectory(stopped);
        foreach (var path in Directory.EnumerateFiles(whole).Where(path => !path.EndsWith("lonas_run.json")))
        {
            File.Copy(path, Path.Combine(stopped, Path.GetFileName(path)));
        }

        var journal = Path.Combine(stopped, "search_journal.jsonl");
        File.WriteAllLines(journal, File.ReadAllLines(journal)[..4]);
        return journal;
    }

    private string[] Line(string metric, string output) => sample.Search(output, [.. Few, ("search_metric", metric)]);
}
