using LoNas.Models.Attention;
using LoNas.Models.Families;
using LoNas.Storage;
using LoNas.Tests.Support;
using static TorchSharp.torch;

namespace LoNas.Tests.Models;

/// <summary>
/// Frequencies against Transformers' formulas (modeling_rope_utils, 4.47), worked out for heads of 8, base 10000 and 64
/// original positions: unscaled they are 1, 0.1, 0.01 and 0.001.
/// </summary>
public sealed class RopeScalingTests
{
    [Fact]
    public void Frequencies_Linear_AreDividedByTheFactor() =>
        AssertFrequencies([0.25, 0.025, 0.0025, 0.00025], """{"type": "linear", "factor": 4.0}""", positions: 200);

    [Fact]
    public void Frequencies_DynamicWithinTheOriginal_AreUnchanged() =>
        AssertFrequencies([1, 0.1, 0.01, 0.001], """{"rope_type": "dynamic", "factor": 2.0}""", positions: 64);

    [Fact]
    public void Frequencies_DynamicBeyondTheOriginal_StretchTheBase()
    {
        // base = 10000 * (2 * 128 / 64 - (2 - 1)) ** (8 / 6) = 10000 * 3 ** (4 / 3)
        double theta = 10000 * Math.Pow(3, 4.0 / 3);
        AssertFrequencies(
            [1, Math.Pow(theta, -0.25), Math.Pow(theta, -0.5), Math.Pow(theta, -0.75)],
            """{"type": "dynamic", "factor": 2.0}""", positions: 128);
    }

    [Fact]
    public void Frequencies_Llama3_KeepShortStretchLongAndBlendBetween()
    {
        // Wavelengths are 6.28, 62.8, 628 and 6283; below 64 / 4 they stay, above 64 / 1 they are divided by 8.
        double smooth = ((64 / (2 * Math.PI / 0.1)) - 1) / (4 - 1);
        AssertFrequencies(
            [1, ((1 - smooth) * 0.1 / 8) + (smooth * 0.1), 0.01 / 8, 0.001 / 8],
            """
            {"rope_type": "llama3", "factor": 8.0, "low_freq_factor": 1.0, "high_freq_factor": 4.0,
             "original_max_position_embeddings": 64}
            """,
            positions: 200);
    }

    /// <summary>By the paper's formula: <see cref="PlainYarn"/>.</summary>
    [Theory]
    [InlineData("\"factor\": 4.0", 4, 64, 32, 1, true)]
    [InlineData("\"factor\": 4.0, \"truncate\": false", 4, 64, 32, 1, false)]
    [InlineData("\"factor\": 8.0, \"original_max_position_embeddings\": 4096", 8, 4096, 32, 1, true)]
    [InlineData(
        "\"factor\": 8.0, \"original_max_position_embeddings\": 4096, \"beta_fast\": 8, \"beta_slow\": 2, "
        + "\"truncate\": false", 8, 4096, 8, 2, false)]
    [InlineData("\"original_max_position_embeddings\": 16", 4, 16, 32, 1, true)]
    public void Frequencies_Yarn_EqualThePapersFormula(
        string keys, double factor, int original, double fast, double slow, bool truncates)
    {
        var expected = PlainYarn.Frequencies(8, 10000, factor, original, fast, slow, truncates);

        AssertFrequencies(expected, $"{{\"type\": \"yarn\", {keys}}}", positions: 200);
    }

    [Theory]
    [InlineData("\"factor\": 4.0", 1.1386294361119891)] // 0.1 ln 4 + 1
    [InlineData("\"factor\": 4.0, \"mscale\": 0.707", 1.1386294361119891)]
    [InlineData("\"factor\": 4.0, \"mscale\": 1.0, \"mscale_all_dim\": 1.0", 1)]
    [InlineData("\"factor\": 4.0, \"mscale\": 2.0, \"mscale_all_dim\": 1.0", 1.2772588722239782 / 1.1386294361119891)]
    [InlineData("\"factor\": 4.0, \"attention_factor\": 1.5", 1.5)]
    [InlineData("\"factor\": 1.0", 1)]
    public void Read_Yarn_ScalesScores(string keys, double expected) => Assert.Equal(
        expected, Read($"{{\"type\": \"yarn\", {keys}}}").Sizes.RopeScaling!.AttentionFactor, 1e-12);

    [Theory]
    [InlineData("longrope", 64, new[] { 1, 0.05, 0.0025, 0.000125 })]
    [InlineData("longrope", 16, new[] { 0.5, 0.1, 0.01, 0.001 })]
    [InlineData("su", 17, new[] { 1, 0.05, 0.0025, 0.000125 })]
    [InlineData("yarn", 17, new[] { 1, 0.05, 0.0025, 0.000125 })] // what the first Phi-3 called it
    public void Frequencies_LongRope_TakeTheFactorsOfTheLength(string type, int positions, double[] expected)
    {
        var scaling = $$"""
            {"type": "{{type}}", "short_factor": [2, 1, 1, 1], "long_factor": [1, 2, 4, 8],
             "original_max_position_embeddings": 16}
            """;

        AssertFrequencies(expected, scaling, positions);
        // 64 positions are 4 times 16.
        Assert.Equal(
            Math.Sqrt(1 + (Math.Log(4) / Math.Log(16))), Read(scaling).Sizes.RopeScaling!.AttentionFactor, 1e-12);
    }

    [Fact]
    public void Tables_LongRope_AreScaledOnBothSides()
    {
        using var scope = NewDisposeScope();
        var scaling = Read(
            """
            {"type": "longrope", "short_factor": [2, 1, 1, 1], "long_factor": [1, 2, 4, 8], "attention_factor": 1.25,
             "original_max_position_embeddings": 16}
            """).Sizes.RopeScaling;
        using var rotary = new RotaryEmbedding(8, 10000, scaling);

        var (within, past) = (rotary.Tables(16, ScalarType.Float32, CPU), rotary.Tables(17, ScalarType.Float32, CPU));
        Assert.Equal(1.25 * Math.Cos(7.5), within.Cosine[15, 0].item<float>(), 1e-5);
        Assert.Equal(1.25 * Math.Sin(15), past.Sine[15, 0].item<float>(), 1e-5);
    }

    [Fact]
    public void Tables_Dynamic_DependOnTheWholeLength()
    {
        using var scope = NewDisposeScope();
        var scaling = Read("""{"type": "dynamic", "factor": 2.0}""").Sizes.RopeScaling;
        using var rotary = new RotaryEmbedding(8, 10000, scaling);

        var (cosine, _) = rotary.Tables(128, ScalarType.Float32, CPU);

        double angle = 127 * Math.Pow(10000 * Math.Pow(3, 4.0 / 3), -0.25);
        Assert.Equal(Math.Cos(angle), cosine[127, 1].item<float>(), 1e-5);
        Assert.Equal(Math.Cos(0.1), rotary.Tables(2, ScalarType.Float32, CPU).Cosine[1, 1].item<float>(), 1e-6);
    }

    /// <summary>People add the former to files that have the latter.</summary>
    [Fact]
    public void Read_RopeScalingBesideRopeParameters_Counts()
    {
        var read = Read(
            """{"rope_type": "linear", "factor": 8.0}""", """{"rope_type": "default", "rope_theta": 500000.0}""").Sizes;

        Assert.Equal(("linear", 8.0, 500000.0), (read.RopeScaling!.Type, read.RopeScaling.Factor, read.RopeTheta));
    }

    /// <summary>Since Transformers 5 base and scaling stand together.</summary>
    [Fact]
    public void Read_RopeParameters_GiveThetaAndScaling()
    {
        var plain = Read("null", """{"rope_type": "default", "rope_theta": 500000.0}""");
        var scaled = Read("null", """{"rope_type": "linear", "factor": 4.0, "rope_theta": 1000000.0}""").Sizes;

        Assert.Equal((500000.0, null), (plain.Sizes.RopeTheta, plain.Sizes.RopeScaling));
        Assert.Equal(
            (1000000.0, "linear", 4.0), (scaled.RopeTheta, scaled.RopeScaling!.Type, scaled.RopeScaling.Factor));
    }

    [Theory]
    [InlineData("""{"full_attention": {"rope_type": "default"}}""", "rope_parameters has the type ''")]
    [InlineData(
        """{"rope_type": "default", "partial_rotary_factor": 0.5}""", "partial_rotary_factor, which is not supported")]
    public void Read_UnusableRopeParameters_SaysWhy(string parameters, string expected) => Assert.Contains(
        expected, Assert.Throws<InvalidDataException>(() => Read("null", parameters)).Message,
        StringComparison.Ordinal);

    [Theory]
    [InlineData("""{"type": "mrope", "mrope_section": [1, 1, 2]}""",
        "rope_scaling has the type 'mrope'; supported are default, linear, dynamic, yarn, longrope, llama3")]
    [InlineData("""{"type": "yarn"}""", "rope_scaling needs a factor of at least 1")]
    [InlineData(
        """{"type": "yarn", "factor": 2.0, "beta_fast": 1, "beta_slow": 4}""",
        "needs a beta_fast of at least its beta_slow")]
    [InlineData("""{"type": "yarn", "factor": 2.0, "attention_factor": -1}""", "needs an attention_factor above 0")]
    [InlineData(
        """{"type": "longrope", "short_factor": [1, 1, 1], "long_factor": [1, 1, 1, 1]}""",
        "rope_scaling.short_factor is a list of 3; expected 4 numbers above 0, one for each pair of rotated features")]
    [InlineData("""{"type": "su", "short_factor": [1, 1, 1, 1]}""", "rope_scaling.long_factor is missing; expected 4")]
    [InlineData(
        """{"type": "longrope", "short_factor": [1, 1, 1, 1], "long_factor": [1, 1, 1, 0]}""",
        "rope_scaling.long_factor is [1, 1, 1, 0]; expected 4 numbers above 0")]
    [InlineData("""{"type": "linear"}""", "rope_scaling needs a factor of at least 1")]
    [InlineData(
        """{"rope_type": "llama3", "factor": 2.0}""", "rope_scaling.original_max_position_embeddings is missing")]
    [InlineData("\"linear\"", "rope_scaling is \"linear\"; expected an object")]
    public void Read_UnusableScaling_SaysWhy(string scaling, string expected) =>
        Assert.Contains(
            expected, Assert.Throws<InvalidDataException>(() => Read(scaling)).Message, StringComparison.Ordinal);

    private static void AssertFrequencies(double[] expected, string scaling, long positions)
    {
        using var rotary = new RotaryEmbedding(8, 10000, Read(scaling).Sizes.RopeScaling);
        using var frequencies = rotary.Frequencies(positions);
        Assert.All(expected.Zip(frequencies.data<float>().ToArray()), pair =>
            Assert.Equal(pair.First, pair.Second, pair.First * 1e-5));
    }

    private static LlamaConfig Read(string scaling, string parameters = "null") => LlamaConfig.Read(
        JsonInput.Parse(
            $$"""
            {"hidden_size": 16, "intermediate_size": 32, "num_hidden_layers": 1, "num_attention_heads": 2, "vocab_size": 10,
             "max_position_embeddings": 64, "rope_scaling": {{scaling}}, "rope_parameters": {{parameters}}}
            """, "test"), "test");
}
