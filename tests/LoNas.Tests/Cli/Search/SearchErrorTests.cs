using LoNas.Tests.Support;

namespace LoNas.Tests.Cli.Search;

/// <summary>Searches that cannot be are refused before anything is written.</summary>
public sealed class SearchErrorTests(SearchSample sample) : IClassFixture<SearchSample>
{
    private const string OneEntry = "[{\"macs\": 5, \"accuracy\": 0.5, \"sub_adapter\": {\"width\": {}}}]";

    [Theory]
    [InlineData("val_set_size", null, "a search needs --val_set_size")]
    [InlineData("dataset_path", "None", "a search needs --dataset_path")]
    [InlineData("lora_weights", null, "a search needs --lora_weights")]
    [InlineData("population", "9", "--population 9 is above --num_evals 8")]
    [InlineData("search_algorithm", "nsga3", "allowed: nsga2, rnsga2, random, hill_climbing")]
    [InlineData("search_metric", "f1", "allowed: accuracy, loss")]
    [InlineData("do_search", "False", "the flags of a search need --do_search")]
    [InlineData("val_set_size", "33", "can't be split off a data set of 32")]
    public void Run_SearchThatCannotBe_IsNamed(string flag, string? value, string message) =>
        Refused(message, (flag, value));

    [Fact]
    public void Run_PopulationAboveTheConfigurationsEvaluations_IsNamed() =>
        Refused("a population of 201 does not fit 200 evaluations", ("num_evals", null), ("population", "201"));

    [Fact]
    public void Run_SurrogateForHillClimbing_IsNamed() => Refused(
        "a surrogate proposes offspring", ("surrogate", "True"), ("search_algorithm", "hill_climbing"));

    [Fact]
    public void Run_RacingByLoss_IsNamed() => Refused(
        "--racing counts right answers", ("racing", "True"), ("search_metric", "loss"));

    [Fact]
    public void Run_LossThatIsNoNumber_IsNamed()
    {
        var output = sample.NewFolder();
        var model = ErrorModels.Scaled(output + "-model", "model.embed_tokens.weight", double.NaN);

        var run = SampleRun.Run(sample.Search(output, ("model_name_or_path", model), ("search_metric", "loss")));

        Assert.Equal(2, run.ExitCode);
        Assert.Contains("The validation loss of the maximal sub-adapter is no number", run.Error);
        Assert.False(File.Exists(Path.Combine(output, "pareto_front.json")));
    }

    [Theory]
    [InlineData("{}", "no list of sub-adapters")]
    [InlineData("[{\"macs\": 5}]", "entry 0, lacks 'sub_adapter' or 'macs'")]
    [InlineData("[{\"macs\": 5, \"sub_adapter\": {\"width\": {\"0\": 31}}}]", "width 31 of group 0")]
    public void Run_DamagedFront_IsNamed(string content, string message) => RefusedFront(content, "#0", message);

    [Theory]
    [InlineData("#3", "has entries 0 to 0; 3 is none of them", "front without that entry")]
    [InlineData("", "is a front; name one of its sub-adapters", "front in place of a sub-adapter")]
    public void Run_FrontWithoutThatEntry_IsNamed(string suffix, string message, string row) => ErrorTable.Require(
        row, 2, RefusedFront(OneEntry, suffix, message));

    [Theory]
    [InlineData("max_macs", "4", "has at most 4 MACs; it has")]
    [InlineData("max_macs", "4", "4 million are 4M or 0.004G")]
    [InlineData("min_accuracy", "0.6", "has an accuracy of at least 0.6; it has")]
    public void Run_NoEntryWithinTheLimits_IsNamed(string flag, string value, string message)
    {
        var said = RefusedFront(OneEntry, "", message, (flag, value));
        if (flag == "max_macs")
        {
            ErrorTable.Require("no sub-adapter within the limits", 2, said);
        }
    }

    [Theory]
    [InlineData("min_accuracy", "1.5", "--min_accuracy must lie between 0 and 1")]
    [InlineData("max_macs", "many", "--max_macs is 'many'")]
    public void Run_LimitThatCannotBe_IsNamed(string flag, string value, string message) =>
        RefusedFront(OneEntry, "", message, (flag, value));

    /// <summary>What was said.</summary>
    private string RefusedFront(string content, string suffix, string message, params (string, string?)[] changes)
    {
        var folder = sample.NewFolder();
        var front = Path.Combine(Directory.CreateDirectory(folder).FullName, "pareto_front.json");
        File.WriteAllText(front, content);

        var run = SampleRun.Run(sample.Testing([("sub_adapter", front + suffix), ("output_dir", folder), .. changes]));

        Assert.Equal(2, run.ExitCode);
        Assert.Contains(message, run.Error);
        Assert.Single(Directory.EnumerateFiles(folder));
        return run.Error;
    }

    private void Refused(string message, params (string, string?)[] changes)
    {
        var output = sample.NewFolder();

        var run = SampleRun.Run(sample.Search(output, changes));

        Assert.Equal(2, run.ExitCode);
        Assert.Contains(message, run.Error);
        Assert.False(Directory.Exists(output));
    }
}
