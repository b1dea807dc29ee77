using System.Text.Json;
using LoNas.Cli.Quickstart;
using LoNas.Storage;
using LoNas.Tests.Cli;
using LoNas.Tests.Support;

namespace LoNas.Tests.FieldCases;

/// <summary>
/// What a cut saves is told against the uncut model with its adapter merged: what merging alone saves is no gain of it.
/// </summary>
public sealed class UncutComparisonTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();

    private string Output => _folder.Path("out");

    [Theory]
    [InlineData("llama")]
    [InlineData("bloom")]
    [InlineData("bert")]
    public void Extract_AnyFamily_IsComparedWithTheMergedModel(string family)
    {
        var json = Json(Line("extract", family, "--json"));

        // The merged model is as large as the base, of which inspect knows nothing but the configuration.
        var merged = json.GetProperty("merged");
        var inspected = Inspected(Repository.Fixture($"{family}-tiny"));
        Assert.Equal(
            inspected.GetProperty("total_params").GetInt64(), merged.GetProperty("total_params").GetInt64());
        // A sample has 256 tokens, of a classifier 128, where no configuration says 32.
        int samples = (family == "bert" ? 128 : 256) / 32;
        Assert.Equal(inspected.GetProperty("macs").GetInt64(), samples * merged.GetProperty("macs").GetInt64());
        var shown = CliRun.Of(Line("extract", family)).Output;
        Assert.Contains("| uncut, merged |", shown, StringComparison.Ordinal);
        Assert.Matches(
            $@"\| MACs of a sample +\| +{merged.GetProperty("macs").GetInt64():N0} \| +{Macs(json, "result"):N0} \|",
            shown);
        Assert.Equal(
            (double)Macs(json, "result") / Macs(json, "merged"), json.GetProperty("macs_over_base").GetDouble(), 1e-4);
        Assert.Contains(
            $"with its adapter beside it: {Macs(json, "source"):N0} MACs", shown, StringComparison.Ordinal);
    }

    /// <summary>Nothing is cut, so nothing is saved: the share says so.</summary>
    [Fact]
    public void Extract_Maximal_SavesNothing()
    {
        var run = CliRun.Of(Line("extract", "llama", "--sub_adapter", "maximal"));

        Assert.Equal((0, ""), (run.ExitCode, run.Error));
        Assert.Equal(3, run.Output.Split("100.0 %").Length - 1);
    }

    [Fact]
    public void Extract_AdapterKept_IsNotSmallerThanItIs()
    {
        var json = Json(Line("extract", "llama", "--keep_adapter", "--sub_adapter", "maximal", "--json"));

        Assert.Equal(Macs(json, "source"), Macs(json, "result"));
        Assert.True(json.GetProperty("macs_over_base").GetDouble() > 1);
    }

    [Theory]
    [InlineData]
    [InlineData("--no_verify")]
    public void Merge_SaysNothingOfAnExtraction(params string[] more)
    {
        var run = CliRun.Of(
        [
            "merge", "--model_name_or_path", Repository.Fixture("llama-tiny"),
            "--lora_weights", TinyFamilies.AdapterFolder("llama"), "--output_dir", Output, "--threads", "1", .. more,
        ]);

        Assert.Equal((0, ""), (run.ExitCode, run.Error));
        var card = File.ReadAllText(Path.Combine(Output, "README.md"));
        foreach (var word in new[] { "extract", "masked", "cut out", "A smaller model" })
        {
            Assert.DoesNotContain(word, run.Output, StringComparison.OrdinalIgnoreCase);
        }

        Assert.Contains("| base and adapter |", run.Output, StringComparison.Ordinal);
        Assert.DoesNotContain("smaller", card, StringComparison.Ordinal);
        Assert.Contains("nothing is cut", card, StringComparison.Ordinal);
    }

    [Fact]
    public void InTurns_TwoModels_AlternateAndTheFirstTurnDoesNotCount()
    {
        var order = new List<char>();
        double Turn(char who)
        {
            order.Add(who);
            return order.Count <= 2 ? 1e9 : who == 'a' ? 100 : 150;
        }

        var speeds = SpeedComparison.InTurns(() => Turn('a'), () => Turn('b'));

        Assert.Equal(string.Concat(Enumerable.Repeat("ab", 16)), string.Concat(order));
        Assert.Equal(new SpeedRange(1.5, 1.5, 1.5), speeds.Ratio);
        Assert.False(speeds.IsWithinNoise);
        Assert.Equal(
            $"B, turn by turn: 1.50 times the tokens/s of A, the median of {speeds.Before.Count} ratios (1.50 to 1.50)",
            speeds.InWords("A", "B"));
    }

    /// <summary>
    /// The ratio's range leaves a fifth of the rounds out at each end: of 9, it holds the true median in
    /// 1 - 2 * (1 + 9) / 512 of all measurements, which is the sign test.
    /// </summary>
    [Theory]
    [InlineData(true, 1.1, 0.9, 1.2, 0.8, 1.1, 1.2, 0.95, 1.3, 1.0)]
    [InlineData(true, 1.1, 1.2, 0.99, 1.3, 1.1, 1.2, 0.95, 1.3, 1.5)]
    [InlineData(false, 1.1, 1.2, 1.01, 1.3, 1.1, 1.2, 0.5, 1.3, 1.5)]
    [InlineData(false, 1.1, 1.2, 1.01, 1.3, 1.1, 1.2, 1.05, 1.3, 1.5)]
    [InlineData(false, 0.9, 0.8, 0.99, 0.7, 0.9, 0.8, 0.95, 0.7, 1.5)]
    [InlineData(true, 0.9, 0.8, 1.01, 0.7, 0.9, 0.8, 0.95, 0.7, 1.5)]
    [InlineData(true, 1.0, 1.0, 1.0, 1.0, 1.0, 1.0, 1.0, 1.0, 1.0)]
    public void IsWithinNoise_Rounds_AsTheSignTestSays(bool within, params double[] ratios)
    {
        // A machine that slows down does so for both.
        double[] before = [.. ratios.Select((_, round) => 100.0 / (1 + round))];
        var speeds = new SpeedComparison(before, [.. before.Zip(ratios, (speed, ratio) => speed * ratio)]);

        Assert.Equal(within, speeds.IsWithinNoise);
        Assert.Equal(within, speeds.InWords("A", "B").EndsWith("within the noise", StringComparison.Ordinal));
        Assert.Equal(within, speeds.ToJson("a", "b")["within_noise"]!.GetValue<bool>());
    }

    public void Dispose() => _folder.Dispose();

    private static long Macs(JsonElement json, string of) => json.GetProperty(of).GetProperty("macs").GetInt64();

    private static JsonElement Inspected(string folder) => JsonInput.Parse(
        CliRun.Of("inspect", "--model_name_or_path", folder, "--json").Output, "test").GetProperty("maximal");

    private JsonElement Json(string[] line)
    {
        var run = CliRun.Of(line);
        Assert.Equal((0, ""), (run.ExitCode, run.Error));
        Directory.Delete(Output, recursive: true);
        return JsonInput.Parse(run.Output, "test");
    }

    private string[] Line(string command, string family, params string[] more) =>
    [
        command, "--model_name_or_path", Repository.Fixture($"{family}-tiny"),
        "--lora_weights", TinyFamilies.AdapterFolder(family),
        "--nncf_config", Repository.Fixture($"nncf_{family}_tiny.json"),
        "--output_dir", Output, "--threads", "1", .. more,
    ];
}
