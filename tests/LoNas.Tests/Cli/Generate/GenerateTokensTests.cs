using System.Text.Json;
using LoNas.Generation;
using LoNas.Tests.Support;

namespace LoNas.Tests.Cli.Generate;

/// <summary><c>generate</c> on folders without a tokenizer.</summary>
public sealed class GenerateTokensTests
{
    [Theory]
    [InlineData("llama-tiny", "generation.json", "whole")]
    [InlineData("llama-tiny", "generation_4.47.1.json", "generated")]
    [InlineData("bloom-tiny", "generation_4.47.1.json", "generated")]
    public void Generate_InputIdsAsJson_EqualsTransformers(string folder, string file, string beamLength)
    {
        var length = beamLength == "whole" ? BeamLength.Whole : BeamLength.Generated;
        var recorded = RecordedGeneration.Load(folder, file, length)["beam4_single0_nret4"];

        var run = SampleRun.Run(
        [
            "generate", "--model_name_or_path", Repository.Fixture(folder), "--input_ids",
            string.Join(',', recorded.Prompts[0]),
            "--eos_token_id", $"{recorded.Options.EosId}", "--num_beams", "4", "--num_return_sequences", "4",
            "--max_new_tokens", "20", "--beam_length", beamLength, "--threads", "1", "--json",
        ]);

        Assert.Equal((0, ""), (run.ExitCode, run.Error));
        using var json = JsonDocument.Parse(run.Output);
        Assert.Equal(["sequences", "scores"], json.RootElement.EnumerateObject().Select(entry => entry.Name));
        var sequences = json.RootElement.GetProperty("sequences").EnumerateArray()
            .Select(row => row.EnumerateArray().Select(id => id.GetInt32()).ToArray());
        var scores = json.RootElement.GetProperty("scores").EnumerateArray().Select(score => score.GetDouble());
        recorded.AssertEqual(0, [.. sequences.Zip(scores, (ids, score) => new GeneratedSequence(ids, score))]);
    }

    [Fact]
    public void Generate_InputIds_WritesALineOfTokens()
    {
        var run = Run("--input_ids", "5,17,9", "--max_new_tokens", "3");

        Assert.Equal((0, ""), (run.ExitCode, run.Error));
        Assert.Matches(@"^5,17,9(,\d+){3}\r?\n$", run.Output);
    }

    [Fact]
    public void Generate_SameSeed_DrawsTheSame()
    {
        string[] sampling = [
            "--input_ids", "5,17,9", "--max_new_tokens", "8", "--do_sample", "--num_return_sequences", "2"];

        Assert.Equal(Run([.. sampling, "--seed", "1"]), Run([.. sampling, "--seed", "1"]));
        Assert.NotEqual(Run([.. sampling, "--seed", "1"]).Output, Run([.. sampling, "--seed", "2"]).Output);
    }

    [Theory]
    [InlineData("--input_ids has 320; the model's tokens are 0 to 319", "--input_ids", "5,320")]
    [InlineData("--eos_token_id is 320; the model's tokens are 0 to 319", "--input_ids", "5", "--eos_token_id", "320")]
    [InlineData("--max_new_tokens is 0; expected at least 1", "--input_ids", "5", "--max_new_tokens", "0")]
    [InlineData("--num_return_sequences 2 exceeds --num_beams 1", "--input_ids", "5", "--num_return_sequences", "2")]
    [InlineData("--prompt and --input_ids exclude each other", "--input_ids", "5", "--prompt", "x")]
    [InlineData("--temperature, --top_k and --top_p need --do_sample", "--input_ids", "5", "--temperature", "0.5")]
    [InlineData("--top_p is 2; expected at most 1", "--input_ids", "5", "--do_sample", "--top_p", "2")]
    public void Generate_BadValues_AreNamed(string expected, params string[] flags)
    {
        var run = Run(flags);

        Assert.Equal(2, run.ExitCode);
        Assert.Contains(expected, run.Error, StringComparison.Ordinal);
    }

    private static (int ExitCode, string Output, string Error) Run(params string[] flags) =>
        SampleRun.Run(
            ["generate", "--model_name_or_path", Repository.Fixture("llama-tiny"), "--threads", "1", .. flags]);
}
