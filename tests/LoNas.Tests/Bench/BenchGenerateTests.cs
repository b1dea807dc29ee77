using System.Text.Json;
using LoNas.Tests.Support;

namespace LoNas.Tests.Bench;

public sealed class BenchGenerateTests
{
    [Fact]
    public void BenchGenerate_TinyModel_PrintsItsMeasuresAndIdenticalTokens()
    {
        var run = SampleRun.Run(
        [
            "bench", "generate", "--model_name_or_path", Repository.Fixture("llama-gqa-tiny"), "--prompts", "5",
            "--min_prompt_length", "4", "--max_prompt_length", "12", "--max_new_tokens", "6", "--threads",
            "1", "--json",
        ]);

        Assert.Equal((0, ""), (run.ExitCode, run.Error));
        using var json = JsonDocument.Parse(run.Output);
        Assert.Equal(["float32", "bfloat16"], json.RootElement.EnumerateObject().Select(entry => entry.Name));
        foreach (var result in json.RootElement.EnumerateObject().Select(entry => entry.Value))
        {
            Assert.All(
                new[]
                {
                    "prompts_per_s", "baseline_prompts_per_s", "speedup", "decode_bandwidth_ratio", "peak_rss_bytes",
                    "prefill_tokens_per_s", "decode_tokens_per_s",
                },
                key => Assert.True(result.GetProperty(key).GetDouble() > 0, key));
        }

        Assert.True(json.RootElement.GetProperty("float32").GetProperty("ids_identical").GetBoolean());
    }

    [Theory]
    [InlineData("--dtypes is 'int8'", "--dtypes", "int8")]
    [InlineData("--max_prompt_length 3 is below --min_prompt_length 64", "--max_prompt_length", "3")]
    [InlineData("--prompts is 0", "--prompts", "0")]
    public void BenchGenerate_BadValues_AreNamed(string expected, params string[] flags)
    {
        var run = SampleRun.Run(["bench", "generate", .. flags]);

        Assert.Equal(2, run.ExitCode);
        Assert.Contains(expected, run.Error, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("bert-tiny", "is a bert classifier; expected a language model")]
    [InlineData("nothing-tiny", "does not exist; check the path")]
    public void BenchGenerate_ModelThatCannotBeMeasured_OneMessage(string model, string expected)
    {
        var run = SampleRun.Run(
            ["bench", "generate", "--model_name_or_path", Repository.Fixture(model), "--threads", "1", "--json"]);

        Assert.Equal((2, ""), (run.ExitCode, run.Output));
        Assert.StartsWith("error: The model", run.Error, StringComparison.Ordinal);
        Assert.Contains(expected, run.Error, StringComparison.Ordinal);
    }

    [Fact]
    public void Bench_WithoutItsSecondWord_NamesTheWhole()
    {
        var run = SampleRun.Run(["bench"]);

        Assert.Equal(2, run.ExitCode);
        Assert.Contains("bench generate", run.Error, StringComparison.Ordinal);
    }
}
