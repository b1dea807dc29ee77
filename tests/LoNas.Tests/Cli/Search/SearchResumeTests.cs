using LoNas.Tests.Support;

namespace LoNas.Tests.Cli.Search;

/// <summary>A search goes on after a kill, and only with what it was begun with.</summary>
public sealed class SearchResumeTests(SearchSample sample) : IClassFixture<SearchSample>
{
    [Fact]
    public void Run_KilledAndRunAgain_EndsWithTheSameFiles()
    {
        var unbroken = sample.NewFolder();
        var broken = sample.NewFolder();
        Assert.Equal(0, SampleRun.Run(sample.Search(unbroken)).ExitCode);

        var journal = Path.Combine(broken, "search_journal.jsonl");
        Assert.True(CliProcess.Kill(() => File.Exists(journal) && Lines(journal) >= 5, sample.Search(broken)),
            "it was still running");
        Assert.InRange(Lines(journal), 5, 10);
        Assert.False(File.Exists(Path.Combine(broken, "search_progression.csv")));
        var again = SampleRun.Run(sample.Search(broken));
        Assert.Equal(0, again.ExitCode);
        Assert.Contains("going on from search_journal.jsonl", again.Output);
        Assert.All(
            Directory.EnumerateFiles(unbroken).Where(path => !path.EndsWith(".log", StringComparison.Ordinal)),
            path => Assert.Equal(
                File.ReadAllBytes(path), File.ReadAllBytes(Path.Combine(broken, Path.GetFileName(path)))));
    }

    [Theory]
    [InlineData("search_seed", "5", "search_seed was 0 and is 5")]
    [InlineData("search_metric", "loss", "search_metric was \"accuracy\" and is \"loss\"")]
    [InlineData("val_set_size", "5", "val_set_size was 6 and is 5")]
    public void Run_JournalOfAnotherSearch_NamesTheDifference(string flag, string value, string message)
    {
        var output = sample.NewFolder();
        (string, string?)[] few = [("num_evals", "2"), ("population", "2")];
        var first = SampleRun.Run(sample.Search(output, few));
        SearchSample.Succeeds(first.ExitCode, first.Error);

        var run = SampleRun.Run(sample.Search(output, [.. few, (flag, value)]));

        ErrorTable.Require("journal of another search", run.ExitCode, run.Error);
        Assert.Contains(message, run.Error);
    }

    [Fact]
    public void Run_JournalOfAnotherAdapterAndConfiguration_NamesBoth()
    {
        var output = sample.NewFolder();
        using var other = new SearchSample();
        var weights = Path.Combine(other.Adapter, "adapter_model.safetensors");
        var bytes = File.ReadAllBytes(weights);
        bytes[^1] ^= 1;
        File.WriteAllBytes(weights, bytes);
        var configuration = Path.Combine(other.Adapter, "nncf_config.json");
        File.WriteAllText(
            configuration, File.ReadAllText(configuration).Replace("\"acc_delta\": 0.01", "\"acc_delta\": 0.02"));
        (string, string?)[] few = [("num_evals", "2"), ("population", "2")];
        Assert.Equal(0, SampleRun.Run(sample.Search(output, few)).ExitCode);

        var run = SampleRun.Run(sample.Search(output, [.. few, ("lora_weights", other.Adapter)]));

        Assert.Equal(2, run.ExitCode);
        Assert.Contains("adapter was ", run.Error);
        Assert.Contains("nncf_config was ", run.Error);
        Assert.DoesNotContain("model was ", run.Error);
    }

    private static int Lines(string path)
    {
        using var file = new StreamReader(new FileStream(path, FileMode.Open, FileAccess.Read, FileShare.ReadWrite));
        return file.ReadToEnd().Count(letter => letter == '\n');
    }
}
