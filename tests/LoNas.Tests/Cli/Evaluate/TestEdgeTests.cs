using LoNas.Tests.Support;

namespace LoNas.Tests.Cli.Evaluate;

/// <summary>
/// What tests do with sets and models at the edge: one clear message, or what the documentation says.
/// </summary>
public sealed class TestEdgeTests
{
    [Theory]
    [InlineData("[]", "has no records; expected at least one")]
    [InlineData("", "is empty (0 bytes); get it again")]
    [InlineData("[{\"instruction\": \"a\"}]", "record 1: 'answer' is missing")]
    [InlineData("[{\"instruction\": \"a\", \"answer\": null}]", "record 1: 'answer' is null")]
    [InlineData("[{\"instruction\": \"a\", \"answer\": [\"1\"]}]", "record 1: 'answer' is an array")]
    [InlineData("[{\"instruction\": \"a\", \"answer\": \"1\"},\n {\"instruction\" \"b\"}]", "not valid JSON at line 2")]
    [InlineData(
        "{\"instruction\": \"a\", \"answer\": \"1\"}\n{\"instruction\"", "line 2 (record 2): no whole JSON object")]
    public void Test_BadSet_IsNamedBeforeAnythingIsDone(string content, string message)
    {
        using var sample = new SampleRun();
        var path = Path.Combine(sample.Datasets, "gsm8k", "test.json");
        File.WriteAllText(path, content);

        foreach (var args in new[]
        {
            sample.Testing(("lora", null), ("lora_weights", null)), sample.Training(("do_test", "True")),
        })
        {
            var before = sample.Listing();
            var run = SampleRun.Run(args);
            Assert.Equal((2, ""), (run.ExitCode, run.Output));
            Assert.Contains(message, run.Error);
            Assert.Contains(path, run.Error);
            Assert.Equal(before, sample.Listing());
        }
    }

    [Fact]
    public void Test_NoNewTokens_IsRefused()
    {
        using var sample = new SampleRun();

        Assert.Contains(
            "--max_new_tokens is 0; expected at least 1",
            CliRun.RunMathError(sample.Testing(("max_new_tokens", "0"))[1..]));
    }

    [Fact]
    public void Test_PromptBeyondTheModelsPositions_GoesOnWithOneWarning()
    {
        using var sample = new SampleRun();
        var model = Directory.CreateDirectory(Path.Combine(sample.Folder, "model")).FullName;
        foreach (var file in Directory.EnumerateFiles(SampleRun.Model))
        {
            File.Copy(file, Path.Combine(model, Path.GetFileName(file)));
        }

        var config = Path.Combine(model, "config.json");
        var text = File.ReadAllText(config);
        File.WriteAllText(config, System.Text.RegularExpressions.Regex.Replace(
            text, "\"max_position_embeddings\": \\d+", "\"max_position_embeddings\": 16"));
        Assert.NotEqual(text, File.ReadAllText(config));

        var run = SampleRun.Run(sample.Testing(("model_name_or_path", model), ("lora", null), ("lora_weights", null)));

        Assert.Equal(0, run.ExitCode);
        Assert.Matches(
            @"^warning: the longest prompt and its response take \d+ tokens and the model was trained for 16 "
            + "positions: positions go on past that\n$", run.Error);
        // Rotary positions go on, so nothing changes but the warning.
        var beyond = File.ReadAllText(Path.Combine(sample.Output, "mawps.res.json"));
        Directory.Delete(sample.Output, recursive: true);
        Assert.Equal(0, SampleRun.Run(sample.Testing(("lora", null), ("lora_weights", null))).ExitCode);
        Assert.Equal(File.ReadAllText(Path.Combine(sample.Output, "mawps.res.json")), beyond);
    }
}
