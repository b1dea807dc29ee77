using System.Text.Json.Nodes;
using LoNas.Tests.Support;

namespace LoNas.Tests.Cli.Train;

/// <summary>What labels mean belongs to a run, to its adapter and to a checkpoint.</summary>
public sealed class GlueLabelTests
{
    private static readonly (string, string?)[] Own =
        [("task_name", null), ("nncf_config", null), ("glue_dir", null), ("num_train_epochs", "1")];

    [Fact]
    public void Run_SameTextsWithOtherLabels_IsAnotherRun()
    {
        using var sample = new GlueSample();
        (string, string?)[] Files(Func<int, string> label) =>
            [.. Own, ("train_file", sample.Own("train.csv", 0, 24, label))];
        Assert.Equal(0, SampleRun.Run(sample.Training(Files(id => $"{id}"))).ExitCode);

        var words = SampleRun.Run(sample.Training(Files(id => id == 1 ? "yes" : "no")));
        var numbers = SampleRun.Run(sample.Training(Files(id => $"{id}.5")));

        Assert.Equal((2, 2), (words.ExitCode, numbers.ExitCode));
        Assert.Contains("labels was [\"0\",\"1\"] and is [\"no\",\"yes\"]", words.Error, StringComparison.Ordinal);
        Assert.Contains("and is \"number\"", numbers.Error, StringComparison.Ordinal);
    }

    [Fact]
    public void Run_AdapterOfOtherLabels_IsRefused()
    {
        using var sample = new GlueSample();
        Assert.Equal(0, SampleRun.Run(sample.Training(("num_train_epochs", "1"))).ExitCode);
        string Label(int id) => id == 1 ? "same" : "different";
        (string, string?)[] files =
        [
            ("task_name", null), ("train_file", sample.Own("train.csv", 0, 24, Label)),
            ("validation_file", sample.Own("held.csv", 24, 8, Label)), ("do_eval", "True"),
        ];

        var run = SampleRun.Run(sample.Trained(files));
        var evaluated = CliRun.Of(
            "evaluate", "--model_name_or_path", sample.Model, "--lora_weights", sample.Output, "--tasks", "glue:rte",
            "--glue_dir", SharedData.Path("datasets", "glue"));

        Assert.Equal((2, 2), (run.ExitCode, evaluated.ExitCode));
        Assert.Contains(
            "was trained for the labels not_equivalent, equivalent, and different, same are asked for", run.Error,
            StringComparison.Ordinal);
        Assert.Contains("entailment, not_entailment are asked for", evaluated.Error, StringComparison.Ordinal);
    }

    /// <summary>A checkpoint with the task's labels in another order keeps it, in figures and predictions.</summary>
    [Fact]
    public void Run_CheckpointWithItsLabelsTurnedAbout_IsReadSo()
    {
        using var sample = new GlueSample();
        (string, string?)[] whole =
            [("lora", null), ("lora_weights", null), ("do_eval", "True"), ("do_predict", "True")];
        var plain = Path.Combine(sample.Folder, "plain");
        Assert.Equal(0, SampleRun.Run(sample.Trained([.. whole, ("output_dir", plain)])).ExitCode);
        var config = Path.Combine(sample.Model, "config.json");
        var json = JsonNode.Parse(File.ReadAllText(config))!;
        json["id2label"] = new JsonObject { ["0"] = "Equivalent", ["1"] = "not_equivalent" };
        File.WriteAllText(config, json.ToJsonString());

        var turned = Path.Combine(sample.Folder, "turned");
        Assert.Equal(0, SampleRun.Run(sample.Trained([.. whole, ("output_dir", turned)])).ExitCode);

        double Accuracy(string folder) =>
            sample.Json("eval_results.json", folder).GetProperty("eval_accuracy").GetDouble();
        Assert.Equal(1, Accuracy(plain) + Accuracy(turned), 1e-12);
        var (before, after) = (Predictions(plain), Predictions(turned));
        Assert.Equal(
            before.Select(label => label == "equivalent" ? "not_equivalent" : "equivalent"), after);
    }

    [Fact]
    public void Run_ModuleToSaveThatIsNotThere_IsRefused()
    {
        using var sample = new GlueSample();

        var run = SampleRun.Run(sample.Training(("modules_to_save", "pooler.dens")));

        Assert.Equal(2, run.ExitCode);
        Assert.Contains("has no module that ends with pooler.dens", run.Error, StringComparison.Ordinal);
        Assert.Contains("bert.pooler.dense", run.Error, StringComparison.Ordinal);
        Assert.False(Directory.Exists(sample.Output));
    }

    [Fact]
    public void Run_RecomputationAndLatency_AreSaidToBeNone()
    {
        using var sample = new GlueSample();

        var trained = SampleRun.Run(sample.Training(("gradient_checkpointing", "True"), ("num_train_epochs", "1")));
        var searched = SampleRun.Run(sample.Trained(("do_search", "True"), ("search_cost", "latency")));

        Assert.Contains(
            "--gradient_checkpointing has no effect on a classifier", trained.Error, StringComparison.Ordinal);
        Assert.Equal((0, 2), (trained.ExitCode, searched.ExitCode));
        Assert.Contains("latency is measured of language models only", searched.Error, StringComparison.Ordinal);
    }

    [Fact]
    public void Run_TestAfterASearch_IsOfWhatItFound()
    {
        using var sample = new GlueSample();

        var run = SampleRun.Run(sample.Training(
            ("do_search", "True"), ("do_eval", "True"), ("num_evals", "6"), ("population", "3"),
            ("num_train_epochs", "1")));

        Assert.Equal(0, run.ExitCode);
        Assert.True(sample.Json("eval_results.json").TryGetProperty("subnetwork_best_eval_accuracy", out _)
            || run.Error.Contains("The best is the maximal", StringComparison.Ordinal));
    }

    private static string[] Predictions(string folder) =>
        [.. File.ReadAllLines(Path.Combine(folder, "predict_results_mrpc.txt")).Skip(1)
            .Select(line => line.Split('\t')[1])];
}
