using LoNas.Storage;
using LoNas.Tests.Cli;
using LoNas.Tests.Support;

namespace LoNas.Tests.FieldCases;

/// <summary>
/// The cost of BERT-base with the published widths, counted here by hand: linear layers alone, and as the published
/// 11.2 GFLOPs count.
/// </summary>
public sealed class EncoderCostTests
{
    private const long Hidden = 768;
    private const long Tokens = 128;

    /// <summary>Heads and MLP widths of each block in its list, and the place of the rank in 8, 4, 2.</summary>
    private static readonly Dictionary<string, (long[] Heads, long[] Inner, long Rank)> Widths = new()
    {
        ["maximal"] = (Same(12), Same(3072), 8),
        ["heuristic"] = (
            [12, 12, 12, 12, 12, 12, 12, 12, 12, 12, 11, 12],
            [2634, 2634, 2627, 2676, 2628, 2662, 2706, 2687, 2616, 2400, 2198, 1940], 4),
        ["minimal"] = (
            [6, 5, 4, 8, 8, 11, 9, 9, 10, 3, 3, 5],
            [216, 181, 208, 226, 179, 175, 182, 169, 165, 160, 163, 150], 2),
    };

    [Theory]
    [InlineData("maximal", 10_985_078_784, 11_211_965_952)]
    [InlineData("heuristic", 9_671_671_808, 9_896_461_824)]
    [InlineData("minimal", 2_548_924_416, 2_643_691_008)]
    public void Inspect_BertBase_CountsLinearsAndWhatIsPublished(string name, long linears, long published)
    {
        var (heads, inner, rank) = Widths[name];
        long blocks = heads.Sum(count => (4 * Hidden * 64 * count) + (2 * rank * (Hidden + (64 * count))))
            + inner.Sum(width => 2 * Hidden * width);
        long after = (Hidden * Hidden) + (Hidden * 2); // pooler and classifier
        Assert.Equal(linears, Tokens * (blocks + after));
        Assert.Equal(published, (Tokens * blocks) + after + heads.Sum(count => 2 * Tokens * Tokens * 64 * count));

        foreach (var configuration in new[] { Reference(), Made() })
        {
            var run = CliRun.Of([.. Line(configuration), "--json"]);

            Assert.Equal(0, run.ExitCode);
            var costs = JsonInput.Parse(run.Output, "test").GetProperty(name);
            Assert.Equal(linears, costs.GetProperty("macs").GetInt64());
            Assert.Equal(published, costs.GetProperty("macs_with_attention").GetInt64());
        }
    }

    [Fact]
    public void Inspect_BertBase_ShowsBoth()
    {
        var run = CliRun.Of(Line(Reference()));

        Assert.Contains("10,985,078,784", run.Output, StringComparison.Ordinal);
        Assert.Matches(
            "with the products of attention, .*maximal 11,211,965,952, heuristic 9,896,461,824, minimal 2,643,691,008",
            run.Output);
    }

    [Fact]
    public void Inspect_LanguageModel_HasOneCountAlone()
    {
        var run = CliRun.Of("inspect", "--model_name_or_path", Repository.Fixture("llama-tiny"), "--json");

        Assert.DoesNotContain("attention", run.Output, StringComparison.Ordinal);
    }

    private static string[] Line(string configuration) =>
    [
        "inspect", "--model_name_or_path", PublishedConfigs.Save(PublishedConfigs.BertBase),
        "--nncf_config", configuration, "--target_modules", "query,value",
    ];

    private static string Reference() =>
        Path.Combine(Repository.Root, "configs", "glue", "nncf_lonas_bert_base_mrpc.json");

    private static string Made()
    {
        var model = PublishedConfigs.Save(PublishedConfigs.BertBase);
        var file = Path.Combine(Path.GetDirectoryName(model)!, "nncf.json");
        var run = CliRun.Of("make-config", "--preset", "glue", "--model_name_or_path", model, "--output", file);
        Assert.Equal(0, run.ExitCode);
        return file;
    }

    private static long[] Same(long width) => [.. Enumerable.Repeat(width, 12)];
}
