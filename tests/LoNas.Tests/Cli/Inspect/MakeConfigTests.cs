using System.Text.Json.Nodes;
using LoNas.Elastic;
using LoNas.Formats.Nncf;
using LoNas.Storage;
using LoNas.Tests.Support;

namespace LoNas.Tests.Cli.Inspect;

public sealed class MakeConfigTests
{
    private static readonly string ConfigFolder = Path.Combine(Repository.Root, "configs");

    [Theory]
    [InlineData(PublishedConfigs.Llama7b, "unified_math/nncf_lonas_llama_7b.json", "math")]
    [InlineData(PublishedConfigs.Llama13b, "unified_math/nncf_lonas_llama_13b.json", "math")]
    [InlineData(PublishedConfigs.Bloomz7b, "unified_math/nncf_lonas_bloomz_7b.json", "math")]
    [InlineData(PublishedConfigs.Llama7b, "unified_commonsense/nncf_lonas_llama_7b.json", "commonsense")]
    [InlineData(PublishedConfigs.BertBase, "glue/nncf_lonas_bert_base_rte.json", "glue")]
    [InlineData(
        PublishedConfigs.BertBase, "glue/nncf_lonas_bert_base_mrpc.json", "glue", "--epochs", "35",
        "--init_lr", "5e-4")]
    public void MakeConfig_PublishedModel_EqualsTheReference(
        string config, string file, string preset, params string[] more)
    {
        var path = SharedData.Path("reference", "nncf_config", file);
        var text = Make(config, ["--preset", preset, .. more]);
        var made = NncfConfiguration.Parse(JsonInput.Parse(text, "made"), "made");
        var reference = NncfConfiguration.Load(path);

        Assert.Equal(Groups(JsonInput.Load(path, "reference").GetRawText()), Groups(text));
        AssertEqual(reference, made);
    }

    /// <summary>The committed files are what the command writes.</summary>
    [Theory]
    [InlineData(PublishedConfigs.Llama7b, "unified_math/nncf_lonas_llama_7b.json", "math")]
    [InlineData(PublishedConfigs.Llama13b, "unified_math/nncf_lonas_llama_13b.json", "math")]
    [InlineData(PublishedConfigs.Bloomz7b, "unified_math/nncf_lonas_bloomz_7b.json", "math")]
    [InlineData(PublishedConfigs.Llama7b, "unified_commonsense/nncf_lonas_llama_7b.json", "commonsense")]
    [InlineData(PublishedConfigs.BertBase, "glue/nncf_lonas_bert_base_rte.json", "glue")]
    [InlineData(
        PublishedConfigs.BertBase, "glue/nncf_lonas_bert_base_mrpc.json", "glue", "--epochs", "35",
        "--init_lr", "5e-4")]
    public void MakeConfig_CommittedFile_IsWhatTheCommandWrites(
        string config, string file, string preset, params string[] more) => Assert.Equal(
            Make(config, ["--preset", preset, .. more]).Trim(),
            File.ReadAllText(Path.Combine(ConfigFolder, file)).Trim());

    [Fact]
    public void MakeConfig_FullEpochs_AreAStageOfTheFirstWidthsBefore()
    {
        var made = NncfConfiguration.Parse(JsonInput.Parse(Make(PublishedConfigs.BertBase, [
            "--preset", "glue", "--epochs", "3", "--init_lr", "5e-4", "--full_epochs", "2", "--full_lr", "1e-3",
            "--reorg_weights",
        ]), "made"), "made");

        Assert.Equal([2, 3], made.Stages.Select(stage => stage.Epochs));
        Assert.Equal([1, 4], made.Stages.Select(stage => stage.WidthIndicator));
        Assert.Equal([1e-3, 5e-4], made.Stages.Select(stage => stage.InitLearningRate));
        Assert.Equal([false, true], made.Stages.Select(stage => stage.ReorganizeWeights));
    }

    /// <summary>
    /// Two blocks, so 4 groups of ranks; widths of the MLP are rounded down: 150.5 to 150, 107.5 to 107.
    /// </summary>
    [Fact]
    public void MakeConfig_OtherModel_FollowsTheRatios()
    {
        var config = PublishedConfigs.Llama7b.Replace("11008", "172").Replace(": 32,", ": 2,").Replace("4096", "64");
        var layout = PublishedConfigs.Layout(config);
        var made = NncfConfiguration.Parse(
            JsonInput.Parse(Make(config, ["--preset", "math", "--ranks", "8,6"]), "made"), "made");

        Assert.Equal(6, made.Groups.Count);
        Assert.Equal([172, 150, 129, 107, 86], made.Groups[2].Widths);
        Assert.Equal([8, 6], made.Groups[0].Widths);
        Assert.Equal((-1, 6), (made.Search.ReferenceAccuracy, made.Stages[0].Epochs));
        var lora = new LoraOptions { Rank = 8, TargetModules = NncfRecipe.For(NncfPreset.Math, layout).TargetModules };
        Assert.Equal(6, made.Bind(AdaptedLinears.Of(layout, lora), (int)layout.Config.HeadSize).Groups.Count);
    }

    [Fact]
    public void MakeConfig_SmallBert_CutsWholeHeads()
    {
        var config = PublishedConfigs.BertBase.Replace("12", "4").Replace("768", "64").Replace("3072", "128");
        var layout = PublishedConfigs.Layout(config);
        var text = Make(config, ["--preset", "glue", "--head_ratios", "1,0.7,0.3,0.1", "--mlp_ratios", "1,0.25"]);
        var made = NncfConfiguration.Parse(JsonInput.Parse(text, "made"), "made");

        Assert.Equal(16, layout.Config.HeadSize);
        Assert.Equal([64, 32, 16], made.Groups[0].Widths);
        Assert.Equal([128, 32], made.Groups[^1].Widths);
        Assert.Equal("bert.encoder.layer.3.attention.output.dense", made.DynamicInputs[3]);
        var lora = new LoraOptions { Rank = 8, TargetModules = ["query", "value"] };
        Assert.Equal(12, made.Bind(AdaptedLinears.Of(layout, lora), (int)layout.Config.HeadSize).Groups.Count);
    }

    [Fact]
    public void MakeConfig_SomeLayers_OthersStayWhole()
    {
        var config = PublishedConfigs.BertBase.Replace("12", "4").Replace("768", "64").Replace("3072", "128");
        var text = Make(config, ["--preset", "glue", "--head_ratios", "1,0.5", "--elastic_layers", "3,1"]);
        var made = NncfConfiguration.Parse(JsonInput.Parse(text, "made"), "made");

        string[] layers = ["bert.encoder.layer.1.", "bert.encoder.layer.3."];
        Assert.All(made.Groups.Index(), group => Assert.All(group.Item.Members, member =>
            Assert.StartsWith(layers[group.Index % 2], member.ModulePath, StringComparison.Ordinal)));
        Assert.Equal(6, made.Groups.Count);
        Assert.Equal(
            [.. layers.Select(layer => $"{layer}attention.output.dense")], made.DynamicInputs);
    }

    [Theory]
    [InlineData("", "No layer is to be cut; name some of the layers 0 to 11")]
    [InlineData("2,12", "The model has the layers 0 to 11 and none of the number 12")]
    public void MakeConfig_LayersThatAreNone_SaysWhichThereAre(string layers, string expected)
    {
        using var folder = new TemporaryFolder();
        var config = folder.Path("config.json");
        File.WriteAllText(config, PublishedConfigs.BertBase);

        var run = CliRun.Of(
            "make-config", "--model_name_or_path", config, "--preset", "glue", "--elastic_layers", layers);

        Assert.Equal((2, $"error: {expected}\n"), (run.ExitCode, run.Error));
    }

    /// <summary>Names relative to the folder, so that a file that is added is tested too.</summary>
    public static TheoryData<string> Committed =>
        [.. Directory.GetFiles(ConfigFolder, "*", SearchOption.AllDirectories)
            .Select(path => Path.GetRelativePath(ConfigFolder, path)).Order(StringComparer.Ordinal)];

    [Theory]
    [MemberData(nameof(Committed))]
    public void Configs_EveryFile_IsParsed(string file)
    {
        var configuration = NncfConfiguration.Load(Path.Combine(ConfigFolder, file));

        Assert.NotEmpty(configuration.Groups);
        Assert.Empty(configuration.Warnings);
    }

    [Fact]
    public void Configs_EveryReferenceFile_HasOneOfItsName()
    {
        var reference = SharedData.Path("reference", "nncf_config");

        Assert.Subset(
            Committed.Select(row => row.Data.Replace('\\', '/')).ToHashSet(),
            Directory.GetFiles(reference, "*.json", SearchOption.AllDirectories)
                .Select(path => Path.GetRelativePath(reference, path).Replace('\\', '/')).ToHashSet());
    }

    [Fact]
    public void MakeConfig_Output_IsWrittenAndItsFlagsAreNamed()
    {
        var file = Path.Combine(Directory.CreateTempSubdirectory("lonas-").FullName, "deep", "space.json");
        var run = CliRun.Of("make-config", "--model_name_or_path", PublishedConfigs.Save(PublishedConfigs.Llama13b),
            "--preset", "math", "--output", file);

        Assert.Equal((0, ""), (run.ExitCode, run.Error));
        Assert.Contains("--lora_r 32 --target_modules q_proj,k_proj,v_proj,up_proj,down_proj", run.Output);
        Assert.Equal(120, NncfConfiguration.Load(file).Groups.Count);
    }

    [Theory]
    [InlineData("--preset is missing", "--ranks", "8,4")]
    [InlineData("--ranks must descend", "--preset", "math", "--ranks", "8,9")]
    [InlineData("--mlp_ratios must descend from 1", "--preset", "math", "--mlp_ratios", "0.5,0.25")]
    [InlineData("The preset glue is for bert", "--preset", "glue")]
    [InlineData("has no layers qkv, which the adapter is to target", "--preset", "math", "--target_modules", "qkv")]
    [InlineData("--preset is 'maths'; allowed: math, commonsense, chat, glue", "--preset", "maths")]
    public void MakeConfig_BadInput_SaysWhatIsWrong(string expected, params string[] args)
    {
        var run = CliRun.Of(
            ["make-config", "--model_name_or_path", PublishedConfigs.Save(PublishedConfigs.Llama7b), .. args]);

        Assert.Equal((2, ""), (run.ExitCode, run.Output));
        Assert.Contains(expected, run.Error);
    }

    private static string Make(string config, string[] args)
    {
        var run = CliRun.Of(["make-config", "--model_name_or_path", PublishedConfigs.Save(config), .. args]);
        Assert.Equal((0, ""), (run.ExitCode, run.Error));
        return run.Output;
    }

    /// <summary>The scopes and lists as they are written, so that NNCF itself finds the nodes.</summary>
    private static string Groups(string text)
    {
        var json = JsonNode.Parse(JsonInput.Parse(text, "text").GetRawText(), documentOptions: new()
        {
            CommentHandling = System.Text.Json.JsonCommentHandling.Skip,
            AllowTrailingCommas = true,
        })!;
        return json["bootstrapNAS"]!["training"]!["elasticity"]!["width"]!["overwrite_groups"]!.ToJsonString()
            + json["bootstrapNAS"]!["training"]!["elasticity"]!["width"]!["overwrite_groups_widths"]!.ToJsonString();
    }

    private static void AssertEqual(NncfConfiguration expected, NncfConfiguration actual)
    {
        Assert.Equal(expected.SampleTokens, actual.SampleTokens);
        Assert.Equal(expected.Stages, actual.Stages);
        Assert.Equal(expected.DynamicInputs, actual.DynamicInputs);
        Assert.Equal(
            expected.Groups.SelectMany(group => group.Members), actual.Groups.SelectMany(group => group.Members));
        Assert.Equal(expected.Groups.Select(group => group.WidthList), actual.Groups.Select(group => group.WidthList));
        // The metric's name has no effect; the lists of points are compared apart, as records compare them by identity.
        var points = expected.Search.AspirationPoints;
        Assert.Equal(expected.Search with { EvalMetricName = null }, actual.Search with { AspirationPoints = points });
        Assert.Equal(points, actual.Search.AspirationPoints);
    }
}
