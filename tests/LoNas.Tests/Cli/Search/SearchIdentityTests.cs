using LoNas.Tests.Support;

namespace LoNas.Tests.Cli.Search;

/// <summary>A search goes on only with the model, the suite and the prompts it was begun with.</summary>
public sealed class SearchIdentityTests(SearchSample sample) : IClassFixture<SearchSample>
{
    private static readonly (string, string?)[] Few = [
        ("num_evals", "2"), ("population", "2"), ("search_metric", "loss")];

    [Fact]
    public void Search_OverwritingAFolderThatIsNotThere_MakesIt()
    {
        var output = sample.NewFolder();
        var search = sample.Search(output, [.. Few, ("overwrite_output_dir", "True")]);

        Assert.Equal(0, SampleRun.Run(search).ExitCode);

        var again = SampleRun.Run(search);
        Assert.Equal((0, ""), (again.ExitCode, again.Error));
        Assert.DoesNotContain("going on", again.Output);
    }

    [Fact]
    public void Search_OfAnotherSuite_IsRefusedByName()
    {
        var output = sample.NewFolder();
        var search = sample.Search(output, Few);
        Assert.Equal(0, SampleRun.Run(search).ExitCode);

        var other = SampleRun.Run(["run-commonsense", .. search[1..]]);
        var same = SampleRun.Run([.. search, "--search_tasks=math"]);

        Assert.Equal(2, other.ExitCode);
        Assert.Contains("search_tasks was \"math\" and is \"commonsense\"", other.Error);
        Assert.Equal((0, ""), (same.ExitCode, same.Error));
        Assert.Contains("going on from search_journal.jsonl", same.Output);
    }

    [Fact]
    public void Search_ByLossInOtherBatches_IsRefusedByName()
    {
        var output = sample.NewFolder();
        Assert.Equal(0, SampleRun.Run(sample.Search(output, [.. Few, ("per_device_train_batch_size", "2")])).ExitCode);

        var run = SampleRun.Run(sample.Search(output, [.. Few, ("per_device_train_batch_size", "3")]));

        Assert.Equal(2, run.ExitCode);
        Assert.Contains("per_device_train_batch_size was 2 and is 3", run.Error);
    }

    [Fact]
    public void Search_WithAnotherModelOfEqualSize_IsRefusedByName()
    {
        var output = sample.NewFolder();
        var model = SampleRun.CopyOfModel(output + "-model");
        var search = sample.Search(output, [.. Few, ("model_name_or_path", model)]);
        Assert.Equal(0, SampleRun.Run(search).ExitCode);
        SampleRun.ChangeWeights(model);

        var run = SampleRun.Run(search);

        Assert.Equal(2, run.ExitCode);
        Assert.Contains("(model was ", run.Error);
    }

    [Fact]
    public void Search_TaskFile_MeasuresTheLossOfItsPrompt()
    {
        var usual = sample.NewFolder();
        var own = sample.NewFolder();
        var task = own + ".json";
        File.WriteAllText(
            task,
            """
            {
              "data": "datasets/mawps/test.json", "train_data": "train.json", "template": "{instruction} It is",
              "answer": {"pattern": "[0-9]+", "match": "last"}, "metric": "number", "max_new_tokens": 4
            }
            """);
        Assert.Equal(0, SampleRun.Run(sample.Search(usual, Few)).ExitCode);
        string[] flags = [.. sample.Search(own, [.. Few, ("dataset_path", null), ("task_file", task)]).Skip(1).Where(
            flag => !flag.StartsWith("--lora=") && !flag.StartsWith("--do_search")
                && !flag.StartsWith("--datasets_dir"))];

        var run = SampleRun.Run(["search", .. flags]);

        Assert.Equal(0, run.ExitCode);
        Assert.NotEqual(Maximal(usual), Maximal(own));
    }

    /// <summary>The journal's first evaluation.</summary>
    private static string Maximal(string output) =>
        File.ReadLines(Path.Combine(output, "search_journal.jsonl")).ElementAt(1);
}
