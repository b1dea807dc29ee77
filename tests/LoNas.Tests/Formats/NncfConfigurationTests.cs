using LoNas.Elastic;
using LoNas.Formats.Nncf;
using LoNas.Storage;
using LoNas.Tests.Support;

namespace LoNas.Tests.Formats;

public sealed class NncfConfigurationTests
{
    [Fact]
    public void Load_SmallFile_HoldsWhatItSays()
    {
        var configuration = NncfConfiguration.Load(TinySearchSpace.File);

        Assert.Equal(32, configuration.SampleTokens);
        Assert.Equal(6, configuration.Groups.Count);
        Assert.Equal([176, 132, 88], configuration.Groups[2].Widths);
        Assert.Equal(
        [
            new("model.layers.0.mlp.gate_proj", AdapterPart.Base),
            new("model.layers.0.mlp.gate_proj", AdapterPart.LoraB),
            new("model.layers.0.mlp.up_proj", AdapterPart.Base), new("model.layers.0.mlp.up_proj", AdapterPart.LoraB),
        ], configuration.Groups[2].Members);
        var stage = Assert.Single(configuration.Stages);
        Assert.Equal((3, 5, 3e-4, 3, 1), (stage.Epochs, stage.WidthIndicator, stage.InitLearningRate,
            stage.LearningRateEpochs, stage.SampleRate));
        Assert.Equal((200, 8, 0.45, 0.01), (configuration.Search.Evaluations, configuration.Search.Population,
            configuration.Search.ReferenceAccuracy, configuration.Search.AccuracyDelta));
        Assert.Null(configuration.GlobalSchedule);
        Assert.Empty(configuration.Warnings);
    }

    [Theory]
    [InlineData("unified_math", "nncf_lonas_llama_7b.json", 96, 256, 7, 0)]
    [InlineData("unified_math", "nncf_lonas_llama_13b.json", 120, 256, 6, 0)]
    [InlineData("unified_math", "nncf_lonas_bloomz_7b.json", 90, 256, 8, 0)]
    [InlineData("unified_commonsense", "nncf_lonas_llama_7b.json", 96, 256, 6, 0)]
    [InlineData("glue", "nncf_lonas_bert_base_mrpc.json", 36, 128, 35, 12)]
    [InlineData("glue", "nncf_lonas_bert_base_rte.json", 36, 128, 80, 12)]
    public void Load_ReferenceFile_Parses(
        string folder, string file, int groups, int tokens, int epochs, int dynamicInputs)
    {
        var configuration = NncfConfiguration.Load(SharedData.Path("reference", "nncf_config", folder, file));

        Assert.Equal(groups, configuration.Groups.Count);
        Assert.Equal(tokens, configuration.SampleTokens);
        Assert.Equal(epochs, Assert.Single(configuration.Stages).Epochs);
        Assert.Equal(dynamicInputs, configuration.DynamicInputs.Count);
        Assert.Empty(configuration.Warnings);
    }

    [Fact]
    public void Load_ReferenceFolder_HoldsNoFileWithoutTest() => Assert.Equal(
        6,
        Directory.GetFiles(SharedData.Path("reference", "nncf_config"), "*.json", SearchOption.AllDirectories).Length);

    [Fact]
    public void Parse_SilentStageAndSearch_TakeDefaultsWithWarning()
    {
        var configuration = Parse(Minimal("""{ "train_dims": ["width"], "epochs": 4 }"""));

        Assert.Equal(new StageDescription { Epochs = 4, LearningRateEpochs = 4, InitLearningRate = 3.5e-6 },
            Assert.Single(configuration.Stages));
        Assert.Equal(
            "bootstrapNAS.training.schedule.list_stage_descriptions[0].init_lr is missing: the stage starts at "
            + "the default learning rate 3.5e-6", Assert.Single(configuration.Warnings));
        Assert.Equal(
            ("NSGA2", 3000, 40, 0, 1.0, -1.0),
            (configuration.Search.Algorithm, configuration.Search.Evaluations,
            configuration.Search.Population, configuration.Search.Seed, configuration.Search.AccuracyDelta,
            configuration.Search.ReferenceAccuracy));
        Assert.Equal([0, 0], Assert.Single(configuration.Search.AspirationPoints));
        Assert.Equal((0.001, false), (configuration.Search.Epsilon, configuration.Search.ExtremePoints));
    }

    [Fact]
    public void Parse_GlobalSchedule_SilencesTheStagesRates()
    {
        var configuration = Parse(Minimal("""{ "epochs": 2 }, { "epochs": 3 }""",
            """ "lr_schedule": { "params": { "base_lr": 1e-4, "warmup_epochs": 1 } }, """));

        Assert.Equal(new LearningRateSchedule { BaseLearningRate = 1e-4, Epochs = 5, WarmupEpochs = 1 },
            configuration.GlobalSchedule);
        Assert.Empty(configuration.Warnings);
    }

    [Fact]
    public void Parse_GlobalScheduleWithStageRate_IsAnError()
    {
        var error = Assert.Throws<InvalidDataException>(() => Parse(Minimal("""{ "init_lr": 3e-4 }""",
            """ "lr_schedule": { "params": { "base_lr": 1e-4 } }, """)));

        Assert.Contains("\nbootstrapNAS.training.schedule.list_stage_descriptions[0].init_lr: ", error.Message,
            StringComparison.Ordinal);
    }

    [Fact]
    public void Parse_ManyMistakes_AreAllInOneError()
    {
        var error = Assert.Throws<InvalidDataException>(() => TinySearchSpace.Parse(
            ("\"log_dir\"", "\"logdir\""),
            ("\"epochs\": 3", "\"epochs\": 2.5"),
            ("\"sample_rate\": 1", "\"sample_rate\": \"1\""),
            ("[176, 132, 88],\n            [176, 132, 88]", "[176, 132, 88]"),
            (
                "\"progressivity_of_elasticity\": [\n        \"width\"",
                "\"progressivity_of_elasticity\": [\n        \"depth\""),
            ("LlamaDecoderLayer[0]/LlamaAttention[self_attn]/Linear[k_proj]/ModuleDict[lora_A]", "LlamaAttention"),
            ("\"population\": 8", "\"population\": 201"),
            ("\"NSGA2\"", "\"NSGA3\"")));

        var lines = error.Message.Split('\n');
        Assert.Equal("The test is wrong:", lines[0]);
        Assert.Equal(
        [
            "bootstrapNAS.search.algorithm",
            "bootstrapNAS.search.population",
            "bootstrapNAS.training.elasticity.width.overwrite_groups[0][1]",
            "bootstrapNAS.training.elasticity.width.overwrite_groups_widths",
            "bootstrapNAS.training.progressivity_of_elasticity[0]",
            "bootstrapNAS.training.schedule.list_stage_descriptions[0].epochs",
            "bootstrapNAS.training.schedule.list_stage_descriptions[0].sample_rate",
            "logdir",
        ], lines[1..].Select(line => line[..line.IndexOf(": ", StringComparison.Ordinal)])
            .Order(StringComparer.Ordinal));
        Assert.Contains("holds 5 width lists for the 6 groups", error.Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("""{ }""", "bootstrapNAS: is missing")]
    [InlineData("""{ "bootstrapNAS": [] }""", "bootstrapNAS: expected an object, found Array")]
    [InlineData("""{ "bootstrapNAS": { "training": { "elasticity": { "depth": {} } } } }""",
        "bootstrapNAS.training.elasticity.depth: unknown key")]
    [InlineData("""{ "bootstrapNAS": { "training": { "elasticity": { "width": {} } } } }""",
        "bootstrapNAS.training.elasticity.width.overwrite_groups: holds no group")]
    [InlineData(
        """{ "bootstrapNAS": { "training": { "elasticity": { "width": { "filter_importance": "external" } } } } }""",
        "bootstrapNAS.training.elasticity.width.filter_importance: 'external' is not supported; expected L1 or L2 or")]
    [InlineData("""{ "log_dir": "a", "log_dir": "b" }""", "log_dir: the key comes twice")]
    [InlineData("""{ "input_info": [{ "sample_size": [1, 0] }] }""", "input_info[0].sample_size[1]: 0 is out of range")]
    [InlineData(
        """{ "input_info": [{ "sample_size": [1, null] }] }""", "input_info[0].sample_size[1]: expected a value")]
    public void Parse_WrongTree_NamesThePlace(string json, string expected)
    {
        var error = Assert.Throws<InvalidDataException>(() => Parse(json));
        Assert.Contains("\n" + expected, error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Parse_CommentsTrailingCommasAndNull_AreAllowed()
    {
        var configuration = TinySearchSpace.Parse(
            ("\"log_dir\": \"nncf_log\"", "\"log_dir\": \"nncf_log\", // a note"),
            ("\"population\": 8", "\"population\": null"));
        Assert.Equal(40, configuration.Search.Population);
    }

    /// <summary>A missing key means L1, as in NNCF's ElasticWidthParams.</summary>
    [Theory]
    [InlineData(null, ChannelNorm.L1)]
    [InlineData("L1", ChannelNorm.L1)]
    [InlineData("L2", ChannelNorm.L2)]
    [InlineData("geometric_median", ChannelNorm.GeometricMedian)]
    public void Parse_FilterImportance_IsNncfs(string? value, ChannelNorm expected)
    {
        var configuration = TinySearchSpace.Parse((
            "\"overwrite_groups\":",
            (value is null ? "" : $"\"filter_importance\": \"{value}\", ") + "\"overwrite_groups\":"));

        Assert.Equal(expected, configuration.FilterImportance);
    }

    private static NncfConfiguration Parse(string json) =>
        NncfConfiguration.Parse(JsonInput.Parse(json, "test"), "test");

    private static string Minimal(string stages, string training = "") => $$"""
        {
          "input_info": { "sample_size": [1, 256] },
          "bootstrapNAS": { "training": {
            {{training}}
            "schedule": { "list_stage_descriptions": [{{stages}}] },
            "elasticity": { "width": {
              "overwrite_groups": [["M/NNCFLinear[dense_h_to_4h]/linear_0"]], "overwrite_groups_widths": [[8, 4]] } } } }
        }
        """;
}
