using LoNas.Generation;
using static TorchSharp.torch;

namespace LoNas.Tests.Generation;

/// <summary>Logits of which only the best come to the host, against those read in place.</summary>
public sealed class StepLogitsTests
{
    [Theory]
    [InlineData(ScalarType.Float32)]
    [InlineData(ScalarType.Float16)]
    public void Best_RandomRows_GivesTheTokensAndSumsOfTheWholeRow(ScalarType type)
    {
        using var scope = NewDisposeScope();
        using var random = new Generator(5, CPU);
        var logits = (randn([6, 300], generator: random) * 4).to(type);

        var whole = StepLogits.Of(logits, 8);
        var best = StepLogits.Best(logits, 8);

        Assert.Equal(6, best.Count);
        for (int row = 0; row < best.Count; row++)
        {
            var expected = whole.Best(row, 8);
            Assert.Equal(expected, best.Best(row, 8));
            Assert.Equal(expected[..3], best.Best(row, 3));
            Assert.Equal(whole.LogSum(row, expected[0].Logit), best.LogSum(row, expected[0].Logit), 1e-5);
        }
    }

    [Fact]
    public void Best_SmallVocabulary_GivesAllOfIt()
    {
        using var scope = NewDisposeScope();

        var best = StepLogits.Best(tensor([1f, 3f, 2f]).view(1, 3), 8);

        Assert.Equal([(1, 3f), (2, 2f), (0, 1f)], best.Best(0, 8));
    }

    [Fact]
    public void Best_NotNumbers_AreNamed()
    {
        using var scope = NewDisposeScope();

        var best = StepLogits.Best(tensor([1f, float.NaN, 2f, 1f]).view(2, 2), 1);

        Assert.Equal([(0, 2f)], best.Best(1, 1));
        var error = Assert.Throws<InvalidDataException>(() => best.Best(0, 1));

        Assert.StartsWith("The model's logits are not numbers (NaN)", error.Message, StringComparison.Ordinal);
    }
}
