using LoNas.Cli.Flags;
using LoNas.Evaluation;
using LoNas.Storage;
using LoNas.Tests.Support;

namespace LoNas.Tests.Cli.Train;

public sealed class RunCommonsenseTests
{
    [Fact]
    public void Run_TrainThenTest_WritesTheReferencesNamesForAllEightSets()
    {
        using var sample = new SampleRun();
        WriteSets(sample);

        var run = SampleRun.Run(
            ["run-commonsense", .. sample.Training(("do_test", "True"), ("val_set_size", "8"))[1..]]);

        Assert.Equal((0, ""), (run.ExitCode, run.Error));
        var results = sample.Json("eval_results.json");
        Assert.Equal(
            ["non_zero_params", "macs", "weights",
                .. TaskSuite.Commonsense.Tasks.Select(task => $"{task.Name}_accuracy"), "avg_accuracy"],
            results.EnumerateObject().Select(metric => metric.Name["Heuristic_".Length..]));
        Assert.All(results.EnumerateObject(), metric => Assert.StartsWith("Heuristic_", metric.Name));
        Assert.All(TaskSuite.Commonsense.Tasks, task =>
            Assert.True(File.Exists(Path.Combine(sample.Output, $"Heuristic.{task.Name}.res.json"))));
        // 48 records less 8 for validation.
        Assert.Equal(40, sample.Json("train_results.json").GetProperty("train_samples").GetInt32());
    }

    [Fact]
    public void Run_Flags_AreThoseOfRunMathWithAValidationSplit()
    {
        Assert.Equal(120, RunOptions.Commonsense.Defaults.Data.ValSetSize);
        var defaults = RunOptions.Commonsense.Defaults;
        Assert.Equal(RunOptions.Table.Defaults with { Data = defaults.Data, NewAdapter = defaults.NewAdapter },
            defaults);
        Assert.Equal(RunOptions.Table.Defaults.Data with { ValSetSize = 120 }, defaults.Data);
        Assert.Equal(RunOptions.Table.Specs.Select(spec => spec.Name),
            RunOptions.Commonsense.Specs.Select(spec => spec.Name));
        string help = CliRun.Of("run-commonsense", "--help").Output;
        Assert.Contains("boolq, piqa,", help);
        Assert.Contains("[default: 32]", help);
        Assert.Contains("[default: 120]", help);
    }

    [Fact]
    public void Run_BaseModel_StopsAtThirtyTwoTokens()
    {
        using var sample = new SampleRun();
        WriteSets(sample);

        var run = SampleRun.Run(
            ["run-commonsense",
                .. sample.Testing(("lora", null), ("lora_weights", null), ("max_new_tokens", null))[1..]]);

        Assert.Equal((0, ""), (run.ExitCode, run.Error));
        Assert.True(sample.Json("boolq.res.json")[0].GetProperty("output_pred").GetString()!.Length < 32 * 16);
    }

    [Fact]
    public void Run_TaskFile_TrainsOnItsRecordsWithItsTemplateAndTestsIt()
    {
        using var sample = new SampleRun();
        var task = Path.Combine(sample.Folder, "own.json");
        File.WriteAllText(
            task,
            """
            {
              "data": "datasets/mawps/test.json", "train_data": "train.json", "template": "{instruction} It is",
              "answer": {"pattern": "[0-9]+", "match": "last"}, "metric": "number", "max_new_tokens": 4
            }
            """);
        (string, string?)[] own = [("task_file", task), ("dataset_path", null), ("do_test", "True"),
            ("max_new_tokens", null), ("val_set_size", "4")];

        var plan = SampleRun.Run(["run-commonsense", .. sample.Training([.. own, ("dry_run", "True")])[1..]]);
        var run = SampleRun.Run(sample.Training(own));

        Assert.Equal((0, ""), (run.ExitCode, run.Error));
        Assert.True(sample.Json("eval_results.json").TryGetProperty("heuristic_own_accuracy", out _));
        Assert.False(File.Exists(Path.Combine(sample.Output, "heuristic.mawps.res.json")));
        Assert.Equal(2, sample.Json("heuristic.own.res.json").GetArrayLength());
        // The instruction template alone has more tokens than a whole record has here.
        int longest = int.Parse(
            System.Text.RegularExpressions.Regex.Match(plan.Output, @"longest (\d+)\)").Groups[1].Value);
        Assert.InRange(longest, 1, 80);
        Assert.StartsWith("finished earlier", SampleRun.Run(sample.Training(own)).Output);
        var search = SampleRun.Run(
            sample.Training([.. own, ("do_search", "True"), ("num_evals", "2"), ("population", "1")]));
        SearchSample.Succeeds(search.ExitCode, search.Error);
        Assert.Contains("on 4 validation records", search.Output);
        File.WriteAllText(task, File.ReadAllText(task).Replace("It is", "It's"));
        Assert.Contains("task_file_sha256 was", SampleRun.Run(sample.Training(own)).Error);
        File.WriteAllText(task, File.ReadAllText(task).Replace("train_data", "name"));
        Assert.Contains("has no 'train_data'", SampleRun.Run(sample.Training(own)).Error);
    }

    private static void WriteSets(SampleRun sample)
    {
        foreach (var task in TaskSuite.Commonsense.Tasks)
        {
            string[] answers = ["true", "solution1", "answer1", "option1", "ending1"];
            JsonOutput.Save(Path.Combine(sample.Datasets, task.Folder, "test.json"), new[]
            {
                new { instruction = "Is the sky blue? Answer with true or false.", input = "", output = "",
                    answer = answers.First(answer => task.Rule.LabelProblem!(answer) is null) },
            });
        }
    }
}
