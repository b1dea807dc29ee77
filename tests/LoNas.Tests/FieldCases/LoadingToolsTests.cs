using LoNas.Storage;
using LoNas.Tests.Cli;
using LoNas.Tests.Support;

namespace LoNas.Tests.FieldCases;

/// <summary>
/// Command and card of an extracted model say what loads it, and how to get one that loads everywhere.
/// </summary>
public sealed class LoadingToolsTests : IDisposable
{
    /// <summary>Widths of MLPs that differ by layer.</summary>
    private static readonly Dictionary<string, string> Uneven = new()
    {
        ["llama"] = """{"width": {"0": 6, "2": 88, "3": 132, "5": 4}}""",
        ["bloom"] = """{"width": {"0": 4, "2": 128, "3": 192}}""",
        ["bert"] = """{"width": {"0": 16, "1": 48, "2": 64, "5": 4}}""",
    };

    private readonly TemporaryFolder _folder = new();

    private string Output => _folder.Path("out");

    private string Card => File.ReadAllText(Path.Combine(Output, "README.md"));

    [Theory]
    [InlineData("llama", "its layers differ in width", true)]
    [InlineData("bloom", "its layers differ in width", false)]
    [InlineData("bert", "its layers differ in width", false)]
    public void Extract_WidthsByLayer_SaysWhatLoadsItAndWhatToDo(string family, string reason, bool llamaCpp)
    {
        var run = Extract(family, UnevenFile(family));

        Assert.True(Config().TryGetProperty("intermediate_sizes", out _));
        Assert.Contains("library_name: lonas\n", Card, StringComparison.Ordinal);
        Assert.DoesNotContain("library_name: transformers", Card, StringComparison.Ordinal);
        foreach (var text in new[] { run.Output, Card })
        {
            Assert.Contains(reason, text, StringComparison.Ordinal);
            Assert.Contains("--pad_to_uniform", text, StringComparison.Ordinal);
            Assert.Equal(llamaCpp, text.Contains("llama.cpp", StringComparison.Ordinal));
        }

        Assert.Contains("not in Transformers", run.Output, StringComparison.Ordinal);
        Assert.Contains("\"loads_in_transformers\":false", Extract(family, UnevenFile(family), "--json").Output);
    }

    /// <summary>Transformers makes BLOOM's MLP four times the hidden size, whatever config.json says.</summary>
    [Fact]
    public void Extract_BloomOfOneNarrowWidth_IsNotForTransformers()
    {
        var run = Extract("bloom", "minimal");

        Assert.Single(Config().GetProperty("intermediate_sizes").EnumerateArray()
            .Select(width => width.GetInt64()).Distinct());
        Assert.Contains("library_name: lonas\n", Card, StringComparison.Ordinal);
        Assert.Contains("its MLPs are not four times as wide as its hidden states", run.Output);
    }

    [Theory]
    [InlineData("llama", "--pad_to_uniform")]
    [InlineData("bloom", "--pad_to_uniform")]
    [InlineData("bert", "--pad_to_uniform")]
    [InlineData("llama", null)]
    [InlineData("bert", null)]
    public void Extract_OneWidth_LoadsEverywhere(string family, string? pad)
    {
        var run = pad is null ? Extract(family, "minimal") : Extract(family, UnevenFile(family), pad);

        Assert.False(Config().TryGetProperty("intermediate_sizes", out _));
        Assert.Contains("library_name: transformers\n", Card, StringComparison.Ordinal);
        Assert.Contains("Transformers and tools that read its folders", run.Output, StringComparison.Ordinal);
        Assert.DoesNotContain("--pad_to_uniform", run.Output + Card, StringComparison.Ordinal);
        Assert.All(
            [run.Output, Card],
            text => Assert.Equal(family == "bert", text.Contains("before version 5", StringComparison.Ordinal)));
    }

    /// <summary>A kept adapter needs its base in PEFT, and can't be padded.</summary>
    [Fact]
    public void Extract_WidthsByLayerWithAdapter_SaysToMerge()
    {
        var run = Extract("llama", UnevenFile("llama"), "--keep_adapter");

        Assert.Contains("merge, and add --pad_to_uniform", run.Output, StringComparison.Ordinal);
        Assert.Contains("merged and with `--pad_to_uniform`", Card, StringComparison.Ordinal);
    }

    public void Dispose() => _folder.Dispose();

    private CliRun Extract(string family, string subAdapter, params string[] more)
    {
        if (Directory.Exists(Output))
        {
            Directory.Delete(Output, recursive: true);
        }

        var run = CliRun.Of(
        [
            "extract", "--model_name_or_path", Repository.Fixture($"{family}-tiny"),
            "--lora_weights", TinyFamilies.AdapterFolder(family),
            "--nncf_config", Repository.Fixture($"nncf_{family}_tiny.json"), "--sub_adapter", subAdapter,
            "--output_dir", Output, "--threads", "1", .. more,
        ]);
        Assert.Equal(0, run.ExitCode);
        // Padding may fill up all that the sub-adapter cuts.
        Assert.True(
            run.Error is "" || run.Error.Contains("padded to one width, the sub-adapter", StringComparison.Ordinal));
        return run;
    }

    private string UnevenFile(string family)
    {
        var file = _folder.Path($"{family}.json");
        File.WriteAllText(file, Uneven[family]);
        return file;
    }

    private System.Text.Json.JsonElement Config() => JsonInput.Load(Path.Combine(Output, "config.json"), "test");
}
