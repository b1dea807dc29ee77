using LoNas.Storage;
using LoNas.Tests.Support;

namespace LoNas.Tests.Cli.Search;

/// <summary>
/// Commands that make or measure one sub-adapter take it from a front by its place, its cost or its accuracy.
/// </summary>
public sealed class FrontChoiceTests(SearchSample sample) : IClassFixture<SearchSample>
{
    /// <summary>Both leave the base whole, as merge and PEFT need it; the first cuts a rank.</summary>
    private const string TwoEntries =
        """
        [
          {"macs": 300000000, "accuracy": 0.5, "sub_adapter": {"width": {"0": 28}}},
          {"macs": 320000000, "accuracy": 0.9, "sub_adapter": {"width": {}}}
        ]
        """;

    private string Front
    {
        get
        {
            var path = Path.Combine(sample.Adapter, "pareto_front.json");
            File.WriteAllText(path, TwoEntries);
            return path;
        }
    }

    [Theory]
    [InlineData("extract", "model.safetensors")]
    [InlineData("merge", "model.safetensors")]
    [InlineData("export", "adapter_model.safetensors")]
    public void Run_LimitOnTheFront_MakesWhatThePlaceMakes(string command, string file)
    {
        var (front, output) = (Front, sample.NewFolder());
        byte[] Weights(string name, params string[] choice)
        {
            string[] target = command == "export"
                ? ["--to=peft", $"--output={output}-{name}"] : ["--no_verify", $"--output_dir={output}-{name}"];
            var run = SampleRun.Run(
                [command, $"--model_name_or_path={SampleRun.Model}", $"--lora_weights={sample.Adapter}", .. target,
                    .. choice]);
            Assert.Equal(0, run.ExitCode); // an extraction may warn that ranks alone are cut
            return File.ReadAllBytes(Path.Combine($"{output}-{name}", file));
        }

        var first = Weights("first", $"--sub_adapter={front}#0");
        var second = Weights("second", $"--sub_adapter={front}#1");

        Assert.NotEqual(first, second);
        Assert.Equal(first, Weights("cheap", "--max_macs=0.31G"));
        Assert.Equal(second, Weights("good", "--min_accuracy=0.6", $"--sub_adapter={front}"));
    }

    [Theory]
    [InlineData("--max_macs=0.31G", "pareto_front_0")]
    [InlineData("--min_accuracy=0.6", "pareto_front_1")]
    public void Evaluate_LimitOnTheFront_NamesTheEntry(string limit, string expected)
    {
        _ = Front;
        var sets = sample.Testing().First(flag => flag.StartsWith("--datasets_dir=", StringComparison.Ordinal));

        var run = SampleRun.Run(
            ["evaluate", $"--model_name_or_path={SampleRun.Model}", $"--lora_weights={sample.Adapter}", sets,
                "--tasks=mawps",
                "--max_new_tokens=2", "--num_beams=1", "--json", limit]);

        Assert.Equal(0, run.ExitCode);
        Assert.Equal(expected, JsonInput.Parse(run.Output, "output").GetProperty("sub_adapter").GetString());
    }

    [Fact]
    public void Extract_LimitWithoutAnAdapter_IsNamed()
    {
        var run = SampleRun.Run(
            ["extract", $"--model_name_or_path={SampleRun.Model}", "--max_macs=1G",
                $"--output_dir={sample.NewFolder()}"]);

        Assert.Equal(2, run.ExitCode);
        Assert.Contains("--max_macs and --min_accuracy need --lora_weights", run.Error);
    }

    [Fact]
    public void Extract_FrontWithoutAPlace_IsNamed()
    {
        var (front, output) = (Front, sample.NewFolder());

        var run = SampleRun.Run(
            ["extract", $"--model_name_or_path={SampleRun.Model}", $"--lora_weights={sample.Adapter}",
                $"--sub_adapter={front}",
                $"--output_dir={output}"]);

        Assert.Equal(2, run.ExitCode);
        Assert.Contains("is a front; name one of its sub-adapters", run.Error);
        Assert.False(Directory.Exists(output));
    }
}
