using System.Text.Json;
using LoNas.Models.Families;
using LoNas.Storage;
using LoNas.Tests.Cli;
using LoNas.Tests.Support;
using static TorchSharp.torch;

namespace LoNas.Tests.Models;

/// <summary>What Gemma's generations read of config.json, what absent keys mean, and what is refused.</summary>
public sealed class GemmaConfigTests
{
    private const string Small =
        """
        "hidden_size": 64, "intermediate_size": 176, "num_hidden_layers": 6, "num_attention_heads": 4,
        "num_key_value_heads": 2, "vocab_size": 320
        """;

    /// <summary>Sizes of config.json and the parameters that the models' pages on the hub count.</summary>
    [Theory]
    [InlineData("gemma-2b", "gemma", 2048, 16384, 18, 8, 1, 256, 256_000, 2_506_172_416)]
    [InlineData("gemma-7b", "gemma", 3072, 24576, 28, 16, 16, 256, 256_000, 8_537_680_896)]
    [InlineData("gemma-2-2b", "gemma2", 2304, 9216, 26, 8, 4, 256, 256_000, 2_614_341_888)]
    [InlineData("gemma-2-9b", "gemma2", 3584, 14336, 42, 16, 8, 256, 256_000, 9_241_705_984)]
    [InlineData("gemma-2-27b", "gemma2", 4608, 36864, 46, 32, 16, 128, 256_000, 27_227_128_320)]
    [InlineData("gemma-3-270m", "gemma3_text", 640, 2048, 18, 4, 1, 256, 262_144, 268_098_176)]
    [InlineData("gemma-3-1b-pt", "gemma3_text", 1152, 6912, 26, 4, 1, 256, 262_144, 999_885_952)]
    public void Inspect_PublishedSizes_HaveThePublishedParameters(
        string name, string type, int hidden, int inner, int layers, int heads, int keyHeads, int size, int vocabulary,
        long parameters)
    {
        var run = Inspect(
            $$"""
            {"model_type": "{{type}}", "hidden_size": {{hidden}}, "intermediate_size": {{inner}},
             "num_hidden_layers": {{layers}}, "num_attention_heads": {{heads}}, "num_key_value_heads": {{keyHeads}},
             "head_dim": {{size}}, "vocab_size": {{vocabulary}}}
            """);

        Assert.True(run.ExitCode == 0, $"{name}: {run.Error}");
        Assert.Equal(parameters, Parameters(run));
    }

    [Fact]
    public void Inspect_Gemma2OfTheHub_HasThePublishedParameters()
    {
        var run = CliRun.Of(
            "inspect", "--json", "--model_name_or_path",
            SharedData.Path("fixtures", "modern", "configs", "gemma-2-2b"));

        Assert.Equal(2_614_341_888, Parameters(run));
    }

    /// <summary>The file of a whole model leaves out what equals the defaults; these are gemma-3-4b's keys.</summary>
    [Fact]
    public void Inspect_TextPartOfAWholeModel_HasItsParameters()
    {
        var run = Inspect(
            """
            {"model_type": "gemma3", "eos_token_id": [1, 106], "text_config": {"hidden_size": 2560,
              "intermediate_size": 10240, "model_type": "gemma3_text", "num_hidden_layers": 34,
              "rope_scaling": {"factor": 8.0, "rope_type": "linear"}, "sliding_window": 1024},
             "torch_dtype": "bfloat16", "vision_config": {"hidden_size": 1152, "num_hidden_layers": 27}}
            """);

        Assert.Equal(3_880_263_168, Parameters(run));
    }

    [Fact]
    public void Read_Gemma2WithoutKeys_TakesTransformersDefaults()
    {
        var config = Gemma2Config.Read(Parse($$"""{{{Small}}}"""), "test");

        Assert.Equal(
            (256L, 8192L, true, 1e-6, 1.0 / 16, 50.0, 30.0),
            (config.Sizes.Model.HeadSize, config.Sizes.Model.MaxPositions, config.Sizes.Model.TieWordEmbeddings,
                config.Sizes.NormEpsilon, config.Scores.Scale, config.Scores.Cap, config.LogitsCap));
        Assert.Equal([4096L, null, 4096L, null, 4096L, null], config.Windows);
    }

    [Fact]
    public void Read_Gemma2WithNulls_HasNeitherBoundsNorWindows()
    {
        var config = Gemma2Config.Read(
            Parse(
                $$"""
                {{{Small}}, "attn_logit_softcapping": null, "final_logit_softcapping": null, "sliding_window": null}
                """), "test");

        Assert.Equal((null, null), (config.Scores.Cap, config.LogitsCap));
        Assert.All(config.Windows, window => Assert.Null(window));
    }

    [Theory]
    [InlineData("", "4096 4096 4096 4096 4096 -")]
    [InlineData(", \"sliding_window\": 512, \"sliding_window_pattern\": 2", "512 - 512 - 512 -")]
    [InlineData(", \"_sliding_window_pattern\": 3", "4096 4096 - 4096 4096 -")]
    [InlineData(
        ", \"sliding_window_pattern\": 2, \"layer_types\": [\"full_attention\", \"sliding_attention\","
            + " \"full_attention\", \"full_attention\", \"full_attention\", \"full_attention\"]",
        "- 4096 - - - -")]
    public void Read_Gemma3Windows_FollowTheKeysThatEachReleaseWrote(string more, string expected) => Assert.Equal(
        expected,
        string.Join(' ', Gemma3Config.Read(Parse($$"""{{{Small}}{{more}}}"""), "test").Windows
            .Select(window => window?.ToString() ?? "-")));

    [Theory]
    [InlineData(
        "\"rope_theta\": 500000.0, \"rope_local_base_freq\": 20000.0,"
            + " \"rope_scaling\": {\"rope_type\": \"linear\", \"factor\": 8.0}")]
    [InlineData(
        "\"rope_parameters\": {\"full_attention\": {\"rope_type\": \"linear\", \"factor\": 8.0,"
            + " \"rope_theta\": 500000.0}, \"sliding_attention\": {\"rope_type\": \"default\","
            + " \"rope_theta\": 20000.0}}")]
    public void Read_Gemma3RotaryPositions_AreThoseOfEachKindOfLayer(string keys)
    {
        var config = Gemma3Config.Read(Parse($$"""{{{Small}}, {{keys}}}"""), "test");

        Assert.Equal((500_000.0, 20_000.0), (config.Sizes.RopeTheta, config.Local.Theta));
        Assert.Equal(("linear", 8.0), (config.Sizes.RopeScaling!.Type, config.Sizes.RopeScaling.Factor));
        Assert.Null(config.Local.Scaling);
    }

    [Fact]
    public void Read_Gemma3WithoutRotaryKeys_TakesTransformersDefaults()
    {
        var config = Gemma3Config.Read(Parse($$"""{{{Small}}, "attn_logit_softcapping": 50.0}"""), "test");

        Assert.Equal((1e6, 1e4), (config.Sizes.RopeTheta, config.Local.Theta));
        Assert.Equal((1.0 / 16, null, null), (config.Scores.Scale, config.Scores.Cap, config.LogitsCap));
    }

    [Theory]
    [InlineData("gemma", "\"hidden_act\": \"silu\"", "hidden_act is 'silu', which is not supported")]
    [InlineData("gemma", "\"hidden_activation\": \"gelu\"", "hidden_activation is 'gelu', which is not supported")]
    [InlineData("gemma2", "\"hidden_activation\": \"silu\"", "hidden_activation is 'silu', which is not supported")]
    [InlineData("gemma", "\"use_bidirectional_attention\": true", "attention to later tokens is not supported")]
    [InlineData("gemma2", "\"use_bidirectional_attention\": true", "attention to later tokens is not supported")]
    [InlineData("gemma3_text", "\"use_bidirectional_attention\": true", "attention to later tokens is not supported")]
    [InlineData("gemma2", "\"attn_logit_softcapping\": 0", "is 0; expected a positive number or null")]
    [InlineData("gemma2", "\"final_logit_softcapping\": \"a\"", "is \"a\"; expected a number")]
    [InlineData("gemma2", "\"query_pre_attn_scalar\": -1", "is -1; expected a positive number")]
    [InlineData("gemma3_text", "\"sliding_window\": null", "sliding_window is null; expected a positive integer")]
    [InlineData("gemma3_text", "\"sliding_window_pattern\": 0", "sliding_window_pattern is 0; expected a positive")]
    [InlineData("gemma3_text", "\"rope_parameters\": {\"rope_theta\": 1.0}", "has neither full_attention nor sliding")]
    [InlineData("gemma3_text", "\"layer_types\": [\"chunked_attention\"]", "layer_types is")]
    [InlineData("gemma3_text", "\"quantization_config\": {}", "quantised weights are not supported")]
    [InlineData("gemma3", "\"vision_config\": {}", "text_config is missing")]
    [InlineData("gemma3", "\"text_config\": 3", "text_config is 3; expected an object")]
    [InlineData("gemma3", "\"text_config\": {\"quantization_config\": {}}", "quantised weights are not supported")]
    public void Inspect_WhatIsNotComputed_IsRefusedByName(string type, string key, string expected)
    {
        var run = Inspect($$"""{"model_type": "{{type}}", {{Small}}, {{key}}}""");

        Assert.Equal(2, run.ExitCode);
        Assert.Contains(expected, run.Error, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("\"hidden_act\": \"gelu\", \"hidden_activation\": null", 1)]
    [InlineData("\"hidden_act\": \"gelu\", \"hidden_activation\": \"gelu_pytorch_tanh\"", 0)]
    [InlineData("\"hidden_act\": \"gelu_pytorch_tanh\"", 0)]
    public void Describe_GeluOfTheFirstFiles_IsTheApproximationAndSaysSo(string keys, int notices) =>
        Assert.Equal(notices, GemmaConfig.Describe(Parse($$"""{{{Small}}, {{keys}}}"""), "test").Notices.Count);

    [Theory]
    [InlineData(ScalarType.BFloat16, 55.5)]
    [InlineData(ScalarType.Float16, 55.4375)]
    [InlineData(ScalarType.Float32, 55.42562484741211)]
    public void EmbeddingScale_Gemma7b_IsRoundedToTheType(ScalarType type, double expected)
    {
        using var scope = NewDisposeScope();

        var scaled = GemmaParts.EmbeddingScale(3072, type)(ones(1, type));

        Assert.Equal((type, expected), (scaled.dtype, scaled.to(ScalarType.Float64).item<double>()));
    }

    private static CliRun Inspect(string config) =>
        CliRun.Of("inspect", "--json", "--model_name_or_path", PublishedConfigs.Save(config));

    private static long Parameters(CliRun run) =>
        JsonInput.Parse(run.Output, "test").GetProperty("maximal").GetProperty("total_params").GetInt64();

    private static JsonElement Parse(string text) => JsonInput.Parse(text, "test");
}
