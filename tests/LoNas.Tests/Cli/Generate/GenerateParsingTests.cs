namespace LoNas.Tests.Cli.Generate;

public sealed class GenerateParsingTests
{
    private static readonly string[] Model = ["--model_name_or_path", "m"];

    [Theory]
    [InlineData("")]
    [InlineData("@notes.txt")]
    [InlineData("None")]
    [InlineData("--no flag = here")]
    [InlineData("-5 + 3 = ")]
    [InlineData("two\nlines")]
    public void Generate_Prompt_IsTakenAsItIs(string prompt) =>
        Assert.Equal(prompt, CliRun.Generate([.. Model, "--prompt", prompt, "--raw"]).Prompt);

    [Fact]
    public void Generate_AllFlags_GiveTheirValues()
    {
        var options = CliRun.Generate(
            [.. Model, "--prompt=2 + 2?", "--input", "i", "--lora_weights", "a", "--nncf_config", "c", "--sub_adapter",
                "x.json", "--max_new_tokens", "200", "--num_beams", "4", "--seed", "1", "--threads", "2", "--bf16"]);

        Assert.Equal(("m", "2 + 2?", "i", "a", "c", "x.json"),
            (options.Model.ModelNameOrPath, options.Prompt, options.Input,
            options.Adapter.LoraWeights, options.Adapter.NncfConfig, options.Adapter.SubAdapter));
        Assert.Equal((200, 4, 1L, 2, true, false),
            (options.Sampling.MaxNewTokens, options.NumBeams, options.Seed, options.Model.Threads,
            options.Model.Bf16, options.Model.Fp16));
    }

    [Fact]
    public void Generate_NoPrompt_IsAnError()
    {
        var run = CliRun.Of(["generate", .. Model]);

        Assert.Equal(2, run.ExitCode);
        Assert.StartsWith("error: --prompt is missing", run.Error);
    }

    [Fact]
    public void Generate_UnknownSubAdapter_NamesWhatIsAllowed()
    {
        var run = CliRun.Of(
            ["generate", .. Model, "--prompt", "p", "--lora_weights", "a", "--sub_adapter", "heuristc"]);

        Assert.Equal(2, run.ExitCode);
        Assert.Contains(
            "'heuristc'; allowed: maximal, heuristic, minimal, a file that ends in .json, or FRONT.json#N", run.Error);
    }
}
