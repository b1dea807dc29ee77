using System.Text.Json;
using LoNas.Storage;
using LoNas.Tests.Support;

namespace LoNas.Tests.Cli.Evaluate;

public sealed class EvaluateTests
{
    [Fact]
    public void Evaluate_BaseModel_ShowsATableAndWritesNothing()
    {
        using var sample = new SampleRun();
        var before = sample.Listing();

        var run = SampleRun.Run(Evaluate(sample, ("tasks", "mawps,SVAMP")));

        Assert.Equal((0, ""), (run.ExitCode, run.Error));
        Assert.Contains("1,049,728 parameters, 243.3 M MACs", run.Output);
        Assert.Matches(@"\| mawps +\| +\d+\.\d % +\| +\d+\.\d +\| +2 +\| +\d+\.\d \|", run.Output);
        Assert.Matches(@"\| average +\|", run.Output);
        Assert.Equal(before, sample.Listing());
    }

    [Fact]
    public void Evaluate_SubAdapter_GivesTheResponsesOfRunMath()
    {
        using var sample = new SampleRun();
        Assert.Equal(0, SampleRun.Run(sample.Training()).ExitCode);
        Assert.Equal(0, SampleRun.Run(sample.Testing(("sub_adapter", "minimal"))).ExitCode);
        var folder = Path.Combine(sample.Folder, "evaluation");

        var run = SampleRun.Run(Evaluate(
            sample, ("tasks", "math"), ("lora_weights", sample.Output), ("sub_adapter", "minimal"),
            ("output_dir", folder), ("json", "True")));

        Assert.Equal(0, run.ExitCode);
        var report = JsonInput.Parse(run.Output, "output");
        Assert.Equal("minimal", report.GetProperty("sub_adapter").GetString());
        Assert.Equal(953_472, report.GetProperty("total_params").GetInt64());
        Assert.Equal(
            ["AQuA", "mawps", "gsm8k", "SVAMP"],
            report.GetProperty("tasks").EnumerateArray().Select(task => task.GetProperty("task").GetString()));
        Assert.All(report.GetProperty("tasks").EnumerateArray(), task => Assert.True(
            task.GetProperty("new_tokens").GetInt32() > 0 && task.GetProperty("tokens_per_second").GetDouble() > 0));
        Assert.Contains("testing AQuA", run.Error);
        Assert.Equal(
            File.ReadAllText(Path.Combine(sample.Output, "minimal.gsm8k.res.json")),
            File.ReadAllText(Path.Combine(folder, "minimal.gsm8k.res.json")));
        Assert.Equal(
            run.Output.Trim(),
            JsonSerializer.Serialize(JsonInput.Load(Path.Combine(folder, "evaluation.json"), "report")));
    }

    [Fact]
    public void Evaluate_TaskFile_AsksWithItsTemplateAndJudgesByItsRule()
    {
        using var sample = new SampleRun();
        File.WriteAllText(Path.Combine(sample.Folder, "own.jsonl"),
            """
            {"instruction": "Tom has 7 apples. He buys 5 more. How many apples does he have?", "answer": "7"}
            {"instruction": "Tom has 7 apples. He buys 5 more. How many apples does he have?", "answer": "none of these"}
            """);
        var task = Path.Combine(sample.Folder, "own.json");
        File.WriteAllText(
            task,
            """{"data": "own.jsonl", "template": "{instruction} 7","""
            + """ "answer": {"pattern": "^.*$"}, "max_new_tokens": 2}""");
        var folder = Path.Combine(sample.Folder, "evaluation");

        var run = SampleRun.Run(Evaluate(sample, ("tasks", task), ("output_dir", folder), ("max_new_tokens", null)));

        Assert.Equal((0, ""), (run.ExitCode, run.Error));
        var records = JsonInput.Load(Path.Combine(folder, "own.res.json"), "results");
        Assert.Equal(2, records.GetArrayLength());
        Assert.All(records.EnumerateArray(),
            record => Assert.DoesNotContain("apples", record.GetProperty("output_pred").GetString()));
    }

    [Theory]
    [InlineData("tasks", "maws", "did you mean 'mawps'?")]
    [InlineData("tasks", null, "--tasks is missing")]
    [InlineData("tasks", "mawps,math", "names 'mawps' twice")]
    [InlineData("tasks", "mawps,mawps", "names one twice")]
    [InlineData("tasks", "/no/such/task.json", "task file '/no/such/task.json' does not exist")]
    [InlineData("tasks", "boolq", "boolq/test.json' does not exist")]
    [InlineData("max_new_tokens", "0", "--max_new_tokens is 0; expected at least 1")]
    [InlineData("limit", "0", "--max_test_samples is 0; expected at least 1")]
    [InlineData("sub_adapter", "minimal", "--sub_adapter needs --lora_weights")]
    [InlineData("nncf_config", "x.json", "--nncf_config needs --lora_weights")]
    [InlineData("overwrite_output_dir", "True", "needs --output_dir")]
    public void Evaluate_BadOption_IsNamed(string flag, string? value, string message)
    {
        using var sample = new SampleRun();

        var run = SampleRun.Run(Evaluate(sample, ("tasks", "mawps"), (flag, value)));

        Assert.Equal((2, ""), (run.ExitCode, run.Output));
        Assert.Contains(message, run.Error);
    }

    [Fact]
    public void Evaluate_OutputFolderIsAFile_IsNamed()
    {
        using var sample = new SampleRun();

        var run = SampleRun.Run(Evaluate(sample, ("tasks", "mawps"), ("output_dir", sample.Dataset)));

        Assert.Equal(2, run.ExitCode);
        Assert.Contains("is a file; give a folder", run.Error);
    }

    private static string[] Evaluate(SampleRun sample, params (string Flag, string? Value)[] changes) =>
        SampleRun.Join("evaluate", changes, new()
        {
            ["model_name_or_path"] = SampleRun.Model,
            ["datasets_dir"] = sample.Datasets,
            ["max_new_tokens"] = "8",
            ["threads"] = "1",
        });
}
