using System.Text.Json;
using LoNas.Export.Extraction;
using LoNas.Formats.Nncf;
using LoNas.Storage;
using LoNas.Tests.Export;
using LoNas.Tests.Support;
using static TorchSharp.torch;

namespace LoNas.Tests.Cli.Extract;

/// <summary>Phi-3 and GPT-NeoX from make-config to an extracted model, through the commands.</summary>
public sealed class ModernCutTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();

    public static TheoryData<string, string, string> Cuts => new MatrixTheoryData<string, string, string>(
        ["phi3-tiny", "phi3-longrope-tiny", "gpt-neox-tiny"], ["math", "commonsense"], ["heuristic", "minimal"]);

    public static TheoryData<string> Names => ["phi3-tiny", "phi3-longrope-tiny", "gpt-neox-tiny"];

    [Theory]
    [MemberData(nameof(Cuts))]
    public void Extract_SubAdapter_EqualsTheMaskedModelToTheLastBit(string name, string preset, string subAdapter)
    {
        using var scope = NewDisposeScope();
        var (model, configuration, output) = Prepare(name, preset);

        Run("extract", [.. Source(model, configuration, subAdapter), "--keep_adapter", "--output_dir", output]);

        var expected = Masked(model, configuration, subAdapter);
        var kept = TinySource.Logits(output, Path.Combine(output, Extractor.AdapterFolder));
        Assert.Equal(expected.data<float>().ToArray(), kept.data<float>().ToArray());
        Assert.Equal(
            subAdapter == "minimal" ? 88 : 132,
            JsonInput.Load(Path.Combine(output, "config.json"), "test").GetProperty("intermediate_size").GetInt32());
    }

    [Theory]
    [MemberData(nameof(Names))]
    public void Extract_UnevenWidths_EqualTheMaskedModelPaddedOrNot(string name)
    {
        using var scope = NewDisposeScope();
        var (model, configuration, output) = Prepare(name, "math");
        var widths = _folder.Path("uneven.json");
        // Groups: four ranks of attention, four widths, four ranks of the MLP.
        File.WriteAllText(widths, """{"width": {"1": 4, "4": 154, "5": 88, "7": 132, "9": 4}}""");

        Run("extract", [.. Source(model, configuration, widths), "--output_dir", output]);
        Run(
            "extract",
            [.. Source(model, configuration, widths), "--pad_to_uniform", "--output_dir", $"{output}-padded"]);

        var expected = Masked(model, configuration, widths);
        Assert.InRange(TinySource.Relative(expected, TinySource.Logits(output)), 0, 1e-5);
        Assert.InRange(TinySource.Relative(expected, TinySource.Logits($"{output}-padded")), 0, 1e-5);
        var config = JsonInput.Load(Path.Combine(output, "config.json"), "test");
        Assert.Equal("[154,88,176,132]", JsonSerializer.Serialize(config.GetProperty("intermediate_sizes")));
        var padded = JsonInput.Load(Path.Combine($"{output}-padded", "config.json"), "test");
        Assert.False(padded.TryGetProperty("intermediate_sizes", out _));
        Assert.Equal(176, padded.GetProperty("intermediate_size").GetInt32());
    }

    [Theory]
    [MemberData(nameof(Names))]
    public void Merge_RankCut_EqualsTheMaskedModel(string name)
    {
        using var scope = NewDisposeScope();
        var (model, configuration, output) = Prepare(name, "math");
        var ranks = _folder.Path("ranks.json");
        File.WriteAllText(ranks, """{"width": {"0": 4, "8": 4}}""");

        Run("merge", [.. Source(model, configuration, ranks), "--output_dir", output]);

        Assert.InRange(
            TinySource.Relative(Masked(model, configuration, ranks), TinySource.Logits(output)), 0, 1e-5);
    }

    [Theory]
    [InlineData("phi-3-mini", "3,821,079,552")]
    [InlineData("pythia-160m", "162,322,944")]
    public void Inspect_PublishedConfig_CountsItsParameters(string name, string parameters)
    {
        var path = SharedData.Path("fixtures", "modern", "configs", name, "config.json");
        var configuration = _folder.Path("math.json");

        Run("make-config", ["--model_name_or_path", path, "--preset", "math", "--output", configuration]);

        Assert.Contains(
            parameters, Run("inspect", ["--model_name_or_path", path, "--exact"]), StringComparison.Ordinal);
        Assert.Contains(
            "heuristic", Run("inspect", ["--model_name_or_path", path, "--nncf_config", configuration]),
            StringComparison.Ordinal);
    }

    public void Dispose() => _folder.Dispose();

    private (ModernModel Model, string Configuration, string Output) Prepare(string name, string preset)
    {
        var model = new ModernModel(name);
        var configuration = _folder.Path($"{preset}.json");
        Run("make-config",
            [
                "--model_name_or_path", model.Folder, "--preset", preset, "--ranks", "8,6,4", "--mlp_ratios",
                "1,0.875,0.75,0.625,0.5", "--output", configuration,
            ]);
        return (model, configuration, _folder.Path("out"));
    }

    private static string[] Source(ModernModel model, string configuration, string subAdapter) =>
    [
        "--model_name_or_path", model.Folder, "--lora_weights", model.AdapterFolder, "--nncf_config", configuration,
        "--sub_adapter", subAdapter, "--threads", "1",
    ];

    private static Tensor Masked(ModernModel model, string configuration, string subAdapter) =>
        TinySource.MaskedLogits(new OpenOptions
        {
            Model = model.Folder,
            Adapter = model.AdapterFolder,
            Configuration = NncfConfiguration.Load(configuration),
            SubAdapter = new SubAdapterChoice(subAdapter),
        });

    private static string Run(string command, string[] args)
    {
        var (code, output, error) = SampleRun.Run([command, .. args]);
        Assert.True(code == 0, error);
        return output;
    }
}
