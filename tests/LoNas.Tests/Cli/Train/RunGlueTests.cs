using System.Text.Json.Nodes;
using LoNas.Tests.Support;

namespace LoNas.Tests.Cli.Train;

public sealed class RunGlueTests
{
    [Fact]
    public void Run_TrainSearchEvaluatePredict_WritesWhatTheExampleWrites()
    {
        using var sample = new GlueSample();

        var run = SampleRun.Run(sample.Training(
            ("do_eval", "True"), ("do_search", "True"), ("do_predict", "True"), ("num_evals", "6"), ("population", "3"),
            ("evaluation_strategy", "epoch")));

        Assert.Equal((0, ""), (run.ExitCode, run.Error));
        string[] expected =
        [
            "adapter_config.json", "adapter_model.safetensors", "all_results.json", "cache_MACs.csv",
            "cache_top1_acc.csv", "checkpoint-12", "checkpoint-6", "eval_results.json", "lonas.json", "lonas.log",
            "lonas_run.json", "nncf_config.json", "pareto_front.json", "predict_results_mrpc.txt",
            "search_journal.jsonl", "search_progression.csv", "search_progression.png", "subnetwork_best.json",
            "train_results.json", "trainer_state.json", "training_curve.png",
        ];
        Assert.Equal(expected, Directory.EnumerateFileSystemEntries(sample.Output)
            .Select(path => Path.GetFileName(path)!).Order(StringComparer.Ordinal));
        var results = sample.Json("eval_results.json");
        foreach (var key in new[] { "eval_accuracy", "eval_f1", "eval_combined_score" })
        {
            Assert.InRange(results.GetProperty(key).GetDouble(), 0, 1);
        }

        Assert.Equal(12, results.GetProperty("eval_samples").GetInt32());
        var history = sample.Json("trainer_state.json").GetProperty("log_history").EnumerateArray();
        Assert.Equal(2, history.Count(entry => entry.TryGetProperty("eval_accuracy_super", out _)
            && entry.TryGetProperty("eval_f1_minimum", out _)));
        var lines = File.ReadAllLines(Path.Combine(sample.Output, "predict_results_mrpc.txt"));
        Assert.Equal("index\tprediction", lines[0]);
        Assert.Equal(5, lines.Length);
        Assert.All(lines.Skip(1).Index(), line => Assert.Matches(
            $"^{line.Index}\t(not_)?equivalent$", line.Item));
        Assert.Contains("next: ", run.Output, StringComparison.Ordinal);
        var config = sample.Json("adapter_config.json");
        Assert.Equal("SEQ_CLS", config.GetProperty("task_type").GetString());
    }

    [Fact]
    public void Run_EvaluatingTheSavedAdapter_GivesTheSameFigures()
    {
        using var sample = new GlueSample();
        Assert.Equal(0, SampleRun.Run(sample.Training(("do_eval", "True"))).ExitCode);

        var again = Path.Combine(sample.Folder, "again");
        Assert.Equal(0, SampleRun.Run(sample.Trained(("do_eval", "True"))).ExitCode);
        var evaluated = CliRun.Of(
            "evaluate", "--model_name_or_path", sample.Model, "--lora_weights", sample.Output,
            "--sub_adapter", "maximal",
            "--tasks", "glue:mrpc", "--glue_dir", sample.Glue, "--json");

        Assert.Equal(0, evaluated.ExitCode);
        var task = JsonNode.Parse(evaluated.Output)!["tasks"]![0]!;
        foreach (var key in new[] { "accuracy", "f1", "loss" })
        {
            double before = sample.Json("eval_results.json").GetProperty($"eval_{key}").GetDouble();
            Assert.Equal(before, sample.Json("eval_results.json", again).GetProperty($"eval_{key}").GetDouble());
            Assert.Equal(before, task[key]!.GetValue<double>());
        }
    }

    [Fact]
    public void Run_PaddingToMaxLength_LearnsTheSame()
    {
        using var sample = new GlueSample();
        (string, string?)[] plain =
            [("nncf_config", null), ("lora_dropout", "0"), ("max_seq_length", "32"), ("do_eval", "True")];
        var config = Path.Combine(sample.Model, "config.json");
        File.WriteAllText(
            config, File.ReadAllText(config).Replace("_prob\": 0.1", "_prob\": 0.0", StringComparison.Ordinal));

        Assert.Equal(0, SampleRun.Run(sample.Training(plain)).ExitCode);
        var padded = Path.Combine(sample.Folder, "padded");
        Assert.Equal(0, SampleRun.Run(sample.Training(
            [.. plain, ("pad_to_max_length", "True"), ("output_dir", padded)])).ExitCode);

        double Loss(string folder) => sample.Json("train_results.json", folder).GetProperty("train_loss").GetDouble();
        double Flops(string folder) => sample.Json("train_results.json", folder).GetProperty("total_flos").GetDouble();
        Assert.Equal(Loss(sample.Output), Loss(padded), 1e-5);
        Assert.True(Flops(padded) > 1.3 * Flops(sample.Output));
    }

    [Fact]
    public void Run_InterruptedAndAgain_EndsInTheSameBytes()
    {
        using var whole = new GlueSample();
        using var broken = new GlueSample();
        (string, string?)[] steps = [("save_strategy", "steps"), ("save_steps", "1")];
        Assert.Equal(0, SampleRun.Run(whole.Training(steps)).ExitCode);

        bool WasKilled() => CliProcess.Kill(
            () => Directory.Exists(Path.Combine(broken.Output, "checkpoint-5")), broken.Training(steps));
        Assert.True(WasKilled());
        Assert.False(File.Exists(Path.Combine(broken.Output, "adapter_model.safetensors")));
        Assert.Equal(0, SampleRun.Run(broken.Training(steps)).ExitCode);

        Assert.Equal(
            File.ReadAllBytes(Path.Combine(whole.Output, "adapter_model.safetensors")),
            File.ReadAllBytes(Path.Combine(broken.Output, "adapter_model.safetensors")));
    }

    [Fact]
    public void Run_OwnFiles_LearnsTheirClasses()
    {
        using var sample = new GlueSample();
        string Label(int id) => id == 1 ? "same" : "different";
        var run = SampleRun.Run(sample.Training(
            ("task_name", null), ("nncf_config", null), ("glue_dir", null),
            ("train_file", sample.Own("train.csv", 0, 24, Label)),
            ("validation_file", sample.Own("held.csv", 24, 8, Label)),
            ("test_file", sample.Own("test.csv", 32, 4, Label)), ("do_eval", "True"), ("do_predict", "True")));

        Assert.Equal((0, ""), (run.ExitCode, run.Error));
        Assert.InRange(sample.Json("eval_results.json").GetProperty("eval_accuracy").GetDouble(), 0, 1);
        Assert.All(
            File.ReadAllLines(Path.Combine(sample.Output, "predict_results_None.txt")).Skip(1),
            line => Assert.Matches("\t(same|different)$", line));
    }

    [Fact]
    public void Run_OwnNumbers_AreRegressed()
    {
        using var sample = new GlueSample();
        string Label(int id) => id == 1 ? "4.5" : "0.25";
        var run = SampleRun.Run(sample.Training(
            ("task_name", null), ("nncf_config", null), ("glue_dir", null),
            ("train_file", sample.Own("train.csv", 0, 24, Label)),
            ("validation_file", sample.Own("held.csv", 24, 8, Label)),
            ("test_file", sample.Own("test.csv", 32, 4, Label)), ("do_eval", "True"), ("do_predict", "True")));

        Assert.Equal(0, run.ExitCode);
        Assert.StartsWith(
            "the classifier 'classifier' starts from random numbers of the seed 42: ", run.Error,
            StringComparison.Ordinal);
        Assert.True(sample.Json("eval_results.json").GetProperty("eval_mse").GetDouble() > 0);
        Assert.All(
            File.ReadAllLines(Path.Combine(sample.Output, "predict_results_None.txt")).Skip(1),
            line => Assert.Matches(@"\t-?\d+\.\d{3}$", line));
    }

    [Fact]
    public void Run_AfterSuccess_SaysSoAndChangesNothing()
    {
        using var sample = new GlueSample();
        Assert.Equal(0, SampleRun.Run(sample.Training(("do_eval", "True"))).ExitCode);
        var before = Listing(sample);

        var run = SampleRun.Run(sample.Training(("do_eval", "True")));

        Assert.StartsWith("finished earlier", run.Output.Split('\n').First(line => line.Contains("finished",
            StringComparison.Ordinal)), StringComparison.Ordinal);
        Assert.Equal(before, Listing(sample));
    }

    [Theory]
    [InlineData("mrp", "--task_name is 'mrp'; did you mean 'mrpc'?")]
    [InlineData("mrcp", "--task_name is 'mrcp'; allowed: cola, mnli, mrpc")]
    [InlineData("imdb", "--task_name is 'imdb'; ")]
    public void Run_UnknownTask_IsRefused(string task, string expected)
    {
        using var sample = new GlueSample();

        var run = SampleRun.Run(sample.Training(("task_name", task)));

        Assert.Equal(2, run.ExitCode);
        Assert.Contains(expected, run.Error, StringComparison.Ordinal);
    }

    [Fact]
    public void Run_LanguageModel_IsRefused()
    {
        using var sample = new GlueSample();

        var run = SampleRun.Run(sample.Training(("model_name_or_path", SampleRun.Model), ("nncf_config", null)));

        Assert.Equal(2, run.ExitCode);
        Assert.Contains("is a llama language model; expected a classifier such as bert", run.Error,
            StringComparison.Ordinal);
        Assert.False(Directory.Exists(sample.Output));
    }

    [Fact]
    public void Run_BadRowAndTooLongTexts_AreRefused()
    {
        using var sample = new GlueSample();
        Assert.Contains("has learned 128 positions", SampleRun.Run(sample.Training(("max_seq_length", "512"))).Error,
            StringComparison.Ordinal);
        var path = Path.Combine(sample.Glue, "MRPC", "train.tsv");
        File.AppendAllText(path, "7\t1\t2\twaa\twab\n");

        var run = SampleRun.Run(sample.Training());

        Assert.Equal(2, run.ExitCode);
        Assert.Contains($"'{path}'", run.Error, StringComparison.Ordinal);
        Assert.Contains("line 50", run.Error, StringComparison.Ordinal);
        Assert.False(Directory.Exists(sample.Output));
    }

    private static string[] Listing(GlueSample sample) =>
        [.. Directory.EnumerateFiles(sample.Folder, "*", SearchOption.AllDirectories).Order()
            .Select(path => $"{path} {new FileInfo(path).Length} {File.GetLastWriteTimeUtc(path):O}")];
}
