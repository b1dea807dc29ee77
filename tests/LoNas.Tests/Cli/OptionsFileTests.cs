using LoNas.Cli.Flags;

namespace LoNas.Tests.Cli;

public sealed class OptionsFileTests : IDisposable
{
    private readonly string _path = Path.Combine(Path.GetTempPath(), $"{Guid.NewGuid():n}.json");

    public void Dispose() => File.Delete(_path);

    [Fact]
    public void File_EveryKindOfValue_IsRead()
    {
        Write("""
            {
              "model_name_or_path": "m", "dry_run": true, "fp16": "False", "dataset_path": null, // a comment
              "lora_r": 16, "learning_rate": 3e-4, "target_modules": ["a", "b"], "save_strategy": "epoch",
            }
            """);

        var options = CliRun.RunMath(_path);

        Assert.Equal(("m", true, false, null, 16, 3e-4, "a,b", "Epoch"), (options.Model.ModelNameOrPath, options.DryRun,
            options.Model.Fp16, options.Data.DatasetPath, options.NewAdapter.LoraR, options.Rate.LearningRate,
            string.Join(',', options.NewAdapter.TargetModules!), options.Checkpoints.SaveStrategy.ToString()));
    }

    [Fact]
    public void File_FlagsBesideIt_GoBefore()
    {
        Write("""{ "model_name_or_path": "m", "dry_run": true, "lora_r": 16, "seed": 1 }""");

        Assert.Equal((8, 1L),
            (CliRun.RunMath(_path, "--lora_r", "8").NewAdapter.LoraR, CliRun.RunMath(_path).Training.Seed));
        Assert.Equal(8, CliRun.RunMath("--lora_r=8", "--fp16", _path).NewAdapter.LoraR);
        Assert.False(CliRun.RunMath("--fp16=False", _path).Model.Fp16);
    }

    [Fact]
    public void File_OfEffectiveOptions_GivesThemAgain()
    {
        string[] line = ["--model_name_or_path", "m", "--dry_run", "--lora_alpha", "1.5", "--eval_steps", "7",
            "--evaluation_strategy", "steps", "--dataset_path", "d", "--train_on_inputs", "False"];
        var options = CliRun.RunMath(line);
        Write(RunOptions.Table.ToJson(options).ToJsonString());

        var again = CliRun.RunMath(_path);

        // Lists are equal only where they are the same object, and a file says what a line left out.
        Assert.Equal(
            options with { NewAdapter = again.NewAdapter, Data = again.Data, Training = again.Training }, again);
        Assert.Equal(RunOptions.Table.ToJson(options).ToJsonString(), RunOptions.Table.ToJson(again).ToJsonString());
    }

    [Fact]
    public void File_UnknownKeysAndWrongValues_AreAllReported()
    {
        Write("""
            { "model_name_or_path": 5, "dry_run": true, "lora_rank": 8, "lora_r": "x", "cutoff_len": 1.5, "seed": [1],
              "target_modules": [1], "threads": 1, "threads": 2 }
            """);

        string error = CliRun.RunMathError(_path);

        Assert.StartsWith("error: 7 problems\n", error);
        Assert.Contains($"unknown option 'lora_rank' in options file '{_path}'; did you mean 'lora_r'?", error);
        Assert.Contains($"'lora_r' in options file '{_path}' is \"x\"; expected a whole number", error);
        Assert.Contains("is 1.5; expected a whole number", error);
        Assert.Contains("is [1]; expected a single value", error);
        Assert.Contains("is [1]; expected a list of strings", error);
        Assert.Contains("is 5; expected a string", error);
        Assert.Contains($"'threads' in options file '{_path}' is given 2 times", error);
    }

    [Theory]
    [InlineData("[]", "expected an object")]
    [InlineData("{ \"lora_r\": }", "is not valid JSON at line 1")]
    public void File_NoObject_IsTheOnlyProblem(string text, string expected)
    {
        Write(text);

        string error = CliRun.RunMathError(_path);

        Assert.Contains(expected, error);
        Assert.Contains(_path, error);
        Assert.DoesNotContain("problems", error);
    }

    [Fact]
    public void File_Missing_IsNamed() =>
        Assert.Equal($"error: The options file '{_path}' does not exist; check the path\n", CliRun.RunMathError(_path));

    [Fact]
    public void File_Two_AreRefused() =>
        Assert.Contains(
            "2 options files are given (a.json, b.json)", CliRun.RunMathError("a.json", "--lora", "b.json"));

    private void Write(string text) => File.WriteAllText(_path, text);
}
