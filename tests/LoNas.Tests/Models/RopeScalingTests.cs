using LoNas.Models.Attention;
using LoNas.Models.Families;
using LoNas.Storage;
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
    [InlineData("""{"type": "yarn", "factor": 2.0}""",
        "rope_scaling has the type 'yarn'; supported are default, linear, dynamic")]
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
