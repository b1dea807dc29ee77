using LoNas.Tests.Support;

namespace LoNas.Tests.Cli.Train;

/// <summary>The program on a real trained model and a real data set, where they are beside the repository.</summary>
public sealed class StoriesTests
{
    private static string Model => SharedData.Path("models", "stories260K");

    [Fact]
    public void Generate_GreedyAfterBos_PrintsTheGoldenText()
    {
        var run = SampleRun.Run(
        [
            "generate", "--model_name_or_path", Model, "--prompt", "", "--max_new_tokens", "200", "--num_beams",
            "1", "--raw",
            "--threads", "1",
        ]);

        Assert.Equal((0, ""), (run.ExitCode, run.Error));
        Assert.Equal(File.ReadAllText(SharedData.Path("models", "stories260K", "golden_greedy_200.txt")), run.Output);
    }

    [Fact]
    public void Evaluate_RealSets_BatchesChangeNoResponse()
    {
        using var sample = new SampleRun();
        string[] Evaluate(string folder, params string[] more) =>
        [
            "evaluate", "--model_name_or_path", Model, "--tasks", "mawps,boolq", "--datasets_dir",
            SharedData.Path("datasets"),
            "--limit", "12", "--max_new_tokens", "12", "--threads", "1", "--output_dir",
            Path.Combine(sample.Folder, folder), .. more,
        ];

        Assert.Equal(0, SampleRun.Run(Evaluate("batched")).ExitCode);
        Assert.Equal(0, SampleRun.Run(Evaluate("single", "--per_device_eval_batch_size", "1")).ExitCode);

        foreach (var file in new[] { "mawps.res.json", "boolq.res.json" })
        {
            Assert.Equal(
                File.ReadAllText(Path.Combine(sample.Folder, "single", file)),
                File.ReadAllText(Path.Combine(sample.Folder, "batched", file)));
        }
    }

    [Fact]
    public void RunMath_FiveHundredSamples_LossFallsByAFifthAndTheReloadReproducesThePredictions()
    {
        using var sample = new SampleRun();
        (string, string?)[] onStories =
        [
            ("model_name_or_path", Model),
            ("datasets_dir", SharedData.Path("datasets")),
            ("nncf_config", Path.Combine(Repository.Root, "configs", "nncf_lonas_stories260K.json")),
            ("max_test_samples", "2"),
        ];

        var run = SampleRun.Run(sample.Training(
        [
            .. onStories, ("dataset_path", SharedData.Path("datasets", "math_8k.json")), ("max_train_samples", "500"),
            ("cutoff_len", "256"), ("gradient_accumulation_steps", "4"), ("logging_steps", "5"), ("do_test", "True"),
        ]));

        Assert.Equal(0, run.ExitCode);
        var losses = sample.Json("trainer_state.json").GetProperty("log_history").EnumerateArray()
            .Where(entry => entry.TryGetProperty("loss", out _))
            .Select(entry => entry.GetProperty("loss").GetDouble()).ToArray();
        Assert.True(losses[^1] <= 0.8 * losses[0], $"the loss went from {losses[0]} to {losses[^1]}");

        var files = Directory.GetFiles(sample.Output, "heuristic.*.res.json");
        Assert.Equal(4, files.Length);
        var before = files.Select(File.ReadAllText).ToArray();
        Array.ForEach(files, File.Delete);
        Assert.Equal(0, SampleRun.Run(sample.Testing(onStories)).ExitCode);
        Assert.Equal(before, files.Select(File.ReadAllText).ToArray());
    }
}
