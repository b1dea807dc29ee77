using System.Diagnostics;
using System.Text.Json.Nodes;
using LoNas.Tests.Support;

namespace LoNas.Tests.Cli.Inspect;

public sealed class InspectTests
{
    private const string LlamaTargets = "q_proj,k_proj,v_proj,up_proj,gate_proj,down_proj";
    private const string Llama13bTargets = "q_proj,k_proj,v_proj,up_proj,down_proj";
    private const string BloomTargets = "query_key_value,dense_h_to_4h,dense_4h_to_h";

    /// <summary>
    /// Each figure from the formula of the cost model, multiplied out by hand: see <see cref="Llama"/>.
    /// </summary>
    [Fact]
    public void Inspect_Llama7bReference_EqualsTheFormula()
    {
        var json = Inspect(PublishedConfigs.Llama7b, "nncf_lonas_llama_7b.json", LlamaTargets);

        Assert.Equal(["tokens", "groups", "maximal", "heuristic", "minimal"], json.Select(entry => entry.Key));
        Assert.Equal((256, 96), ((int)json["tokens"]!, (int)json["groups"]!));
        AssertCost(json["maximal"]!, Llama(32, 4096, 11008, 32, 32, 32), 6_809_980_928);
        AssertCost(json["heuristic"]!, Llama(32, 4096, 8256, 32, 32, 32), null);
        AssertCost(json["minimal"]!, Llama(32, 4096, 5504, 28, 28, 32), null);
        AssertPublished(json, (6.7, 1.7), (5.6, 1.4));
    }

    [Fact]
    public void Inspect_Bloomz7bReference_EqualsTheFormula()
    {
        var json = Inspect(PublishedConfigs.Bloomz7b, "nncf_lonas_bloomz_7b.json", BloomTargets);

        Assert.Equal(90, (int)json["groups"]!);
        AssertCost(json["maximal"]!, Bloom(30, 4096, 16384, 32, 32, 32), null);
        AssertCost(json["heuristic"]!, Bloom(30, 4096, 12288, 32, 32, 32), null);
        AssertCost(json["minimal"]!, Bloom(30, 4096, 8192, 28, 28, 32), null);
        AssertPublished(json, (7.1, 1.8), (6.1, 1.6));
        Assert.Equal(1.56, Math.Round((long)json["heuristic"]!["macs"]! / 1e12, 2));
    }

    /// <summary>No adapter on gate_proj, whose base is cut all the same.</summary>
    [Fact]
    public void Inspect_Llama13bReference_EqualsTheFormula()
    {
        var json = Inspect(PublishedConfigs.Llama13b, "nncf_lonas_llama_13b.json", Llama13bTargets);

        AssertCost(json["maximal"]!, Llama(40, 5120, 13824, 32, 32, 32, adaptedWide: 1), 13_103_682_560);
        AssertCost(json["heuristic"]!, Llama(40, 5120, 10368, 32, 32, 32, adaptedWide: 1), null);
        AssertCost(json["minimal"]!, Llama(40, 5120, 6912, 28, 28, 32, adaptedWide: 1), null);
    }

    [Fact]
    public void Inspect_Llama13bReference_IsReadyInTwoSeconds()
    {
        var clock = Stopwatch.StartNew();
        var json = Inspect(PublishedConfigs.Llama13b, "nncf_lonas_llama_13b.json", Llama13bTargets);

        Assert.InRange(clock.Elapsed.TotalSeconds, 0, 2);
        Assert.Equal(120, (int)json["groups"]!);
        long full = 13_015_864_320 + (40 * 32 * ((3 * 2 * 5120) + (2 * (5120 + 13824))));
        Assert.Equal(full, (long)json["maximal"]!["total_params"]!);
    }

    [Fact]
    public void Inspect_BertReference_CutsWholeHeads()
    {
        var json = Inspect(
            PublishedConfigs.BertBase, Path.Combine("..", "glue", "nncf_lonas_bert_base_rte.json"), "query,value");

        Assert.Equal((128, 36), ((int)json["tokens"]!, (int)json["groups"]!));
        long lora = 12 * 8 * 2 * (768 + 768);
        Assert.Equal(109_483_778 + lora, (long)json["maximal"]!["total_params"]!);
        // Of a block: query, key, value and output share their width; rank 2; the MLP's width.
        int[] heads = [384, 320, 256, 512, 512, 704, 576, 576, 640, 192, 192, 320];
        int[] inner = [216, 181, 208, 226, 179, 175, 182, 169, 165, 160, 163, 150];
        long weights = heads.Sum(width => (4L * 768 * width) + (2 * 2 * (768 + width)))
            + inner.Sum(width => 2L * 768 * width) + (768 * 768) + (768 * 2);
        Assert.Equal(weights, (long)json["minimal"]!["weights"]!);
        Assert.Equal(128 * weights, (long)json["minimal"]!["macs"]!);
    }

    /// <summary>2 (4 * 64 * 64 + 3 * 64 * 176) + 64 * 320 weights; an embedding and five norms beside them.</summary>
    [Fact]
    public void Inspect_NoConfiguration_CountsTheModel()
    {
        var run = CliRun.Of("inspect", "--model_name_or_path", Repository.Fixture("llama-tiny"), "--json");

        Assert.Equal((0, ""), (run.ExitCode, run.Error));
        Assert.Equal(
            """{"tokens":256,"groups":0,"maximal":{"total_params":141632,"macs":30932992"""
            + ""","weights":120832,"lora_params":0}}""",
            run.Output.Trim());
    }

    [Fact]
    public void Inspect_Tables_ShowGroupsOfAKindOnOneRow()
    {
        var run = CliRun.Of("inspect", "--model_name_or_path", Repository.Fixture("llama-tiny"), "--nncf_config",
            Repository.Fixture("nncf_llama_tiny.json"), "--target_modules", LlamaTargets);

        Assert.Equal((0, ""), (run.ExitCode, run.Error));
        Assert.Matches(@"\| 0-1 +\| +rank of self_attn\.q_proj, k_proj, v_proj +\| +8, 6, 4 \|", run.Output);
        Assert.Matches(@"\| 2-3 +\| +width of mlp\.gate_proj, up_proj +\| +176, 132, 88 \|", run.Output);
        Assert.Matches(@"trained: [\d,]+ of 159,296 parameters", run.Output);
    }

    /// <summary>
    /// The published adapters follow from each configuration; which they are is said, on standard error.
    /// </summary>
    [Theory]
    [InlineData(PublishedConfigs.Llama7b, "unified_math/nncf_lonas_llama_7b.json", LlamaTargets)]
    [InlineData(PublishedConfigs.Llama13b, "unified_math/nncf_lonas_llama_13b.json", Llama13bTargets)]
    [InlineData(PublishedConfigs.Bloomz7b, "unified_math/nncf_lonas_bloomz_7b.json", BloomTargets)]
    [InlineData(PublishedConfigs.BertBase, "glue/nncf_lonas_bert_base_mrpc.json", "query,value")]
    public void Inspect_ConfigurationWithoutTargets_TakesThoseItIsFor(string model, string file, string targets)
    {
        string[] args =
        [
            "inspect", "--model_name_or_path", PublishedConfigs.Save(model), "--nncf_config",
            Path.Combine(Repository.Root, "configs", file), "--json",
        ];
        var assumed = CliRun.Of(args);

        Assert.Equal(0, assumed.ExitCode);
        Assert.Contains($"as if it were --target_modules {targets}", assumed.Error);
        Assert.Equal(CliRun.Of([.. args, "--target_modules", targets]).Output, assumed.Output);
    }

    [Fact]
    public void Inspect_ConfigurationOfAnotherFamilyWithoutTargets_NamesItAlone()
    {
        var file = Path.Combine(Repository.Root, "configs", "unified_math", "nncf_lonas_llama_7b.json");
        var run = CliRun.Of(
            "inspect", "--model_name_or_path", PublishedConfigs.Save(PublishedConfigs.Bloomz7b), "--nncf_config", file);

        Assert.Equal((2, ""), (run.ExitCode, run.Output));
        Assert.StartsWith($"error: The NNCF configuration '{file}' does not fit the model", run.Error);
    }

    [Fact]
    public void Inspect_RankWithoutAdapters_SaysWhatIsMissing()
    {
        var run = CliRun.Of("inspect", "--model_name_or_path", Repository.Fixture("llama-tiny"), "--lora_r", "8");

        Assert.Equal((2, ""), (run.ExitCode, run.Output));
        Assert.Contains("--lora_r needs --target_modules", run.Error);
    }

    [Fact]
    public void Inspect_UnknownTarget_NamesTheModelsLayers()
    {
        var run = CliRun.Of(
            "inspect", "--model_name_or_path", Repository.Fixture("llama-tiny"), "--target_modules", "qkv");

        Assert.Equal(2, run.ExitCode);
        Assert.Contains("has no layers qkv", run.Error);
        Assert.Contains("--target_modules", run.Error);
        Assert.Contains("q_proj, k_proj, v_proj, o_proj, gate_proj, up_proj, down_proj, lm_head", run.Error);
    }

    /// <summary>The dynamic loader itself says what a process loads.</summary>
    [Fact]
    public void Inspect_Process_LoadsNoNativeTorch()
    {
        Assert.SkipUnless(OperatingSystem.IsLinux(), "needs glibc's LD_DEBUG");
        var log = Path.Combine(Directory.CreateTempSubdirectory("lonas-").FullName, "loader");
        var run = CliProcess.Of(
            [("LD_DEBUG", "files"), ("LD_DEBUG_OUTPUT", log)],
            "inspect", "--json", "--model_name_or_path", PublishedConfigs.Save(PublishedConfigs.Llama13b));

        Assert.Contains("13015864320", run.Output);
        var loaded = string.Concat(
            Directory.GetFiles(Path.GetDirectoryName(log)!).Select(File.ReadAllText));
        Assert.SkipUnless(
            loaded.Contains("libcoreclr", StringComparison.Ordinal), "this libc does not log what it loads");
        Assert.DoesNotContain(
            "torch", loaded.Replace("LoNas", "", StringComparison.Ordinal), StringComparison.OrdinalIgnoreCase);
    }

    private static JsonObject Inspect(string config, string reference, string targets)
    {
        var run = CliRun.Of("inspect", "--model_name_or_path", PublishedConfigs.Save(config), "--nncf_config",
            SharedData.Path("reference", "nncf_config", "unified_math", reference), "--target_modules",
            targets, "--json");
        Assert.Equal((0, ""), (run.ExitCode, run.Error));
        return JsonNode.Parse(run.Output)!.AsObject();
    }

    private static (long Base, long Lora, long Other) Llama(
        int layers, long hidden, long inner, long attentionRank, long mlpRank, long downRank, int adaptedWide = 2) => (
            (layers * ((4 * hidden * hidden) + (3 * hidden * inner))) + (hidden * 32000),
            layers * ((3 * attentionRank * 2 * hidden) + (((adaptedWide * mlpRank) + downRank) * (hidden + inner))),
            (32000 * hidden) + (((2 * layers) + 1) * hidden));

    private static (long Base, long Lora, long Other) Bloom(
        int layers, long hidden, long inner, long attentionRank, long mlpRank, long downRank) => (
            (layers * ((4 * hidden * hidden) + (2 * hidden * inner))) + (hidden * 250880),
            layers * ((attentionRank * 4 * hidden) + ((mlpRank + downRank) * (hidden + inner))),
            // The tied head is the embedding; norms; biases of query_key_value, dense and the MLP.
            (2 * hidden * (2 + (2 * layers))) + (layers * ((5 * hidden) + inner)));

    private static void AssertCost(JsonNode actual, (long Base, long Lora, long Other) expected, long? total)
    {
        long weights = expected.Base + expected.Lora;
        Assert.Equal(weights, (long)actual["weights"]!);
        Assert.Equal(256 * weights, (long)actual["macs"]!);
        Assert.Equal(expected.Lora, (long)actual["lora_params"]!);
        Assert.Equal(weights + expected.Other, (long)actual["total_params"]!);
        Assert.Equal(total ?? weights + expected.Other, (long)actual["total_params"]!);
    }

    private static void AssertPublished(JsonObject json, params (double Billion, double Tera)[] published)
    {
        foreach (var (name, (billion, tera)) in new[] { "maximal", "heuristic" }.Zip(published))
        {
            Assert.Equal(billion, Math.Round((long)json[name]!["weights"]! / 1e9, 1));
            Assert.Equal(tera, Math.Round((long)json[name]!["macs"]! / 1e12, 1));
        }
    }
}
