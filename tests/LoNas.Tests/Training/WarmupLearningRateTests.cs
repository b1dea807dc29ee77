using LoNas.Training.LearningRates;

namespace LoNas.Tests.Training;

public sealed class WarmupLearningRateTests
{
    /// <summary>
    /// Values of transformers 4.31's schedules, with 10 steps of which 2 are warm-up, by their definition.
    /// </summary>
    [Theory]
    [InlineData("constant", new[] { 1, 1, 1, 1, 1, 1.0 })]
    [InlineData("constant_with_warmup", new[] { 0, 0.5, 1, 1, 1, 1 })]
    [InlineData("linear", new[] { 0, 0.5, 1, 0.5, 0.125, 0 })]
    [InlineData("cosine", new[] { 0, 0.5, 1, 0.5, 0.038060233744356624, 0 })]
    public void At_Steps_FollowTheShape(string name, double[] expected)
    {
        var rate = new WarmupLearningRate(name, 3e-4, totalSteps: 10, warmupSteps: 2);
        var steps = new[] { 0, 1, 2, 6, 9, 10 };
        for (int i = 0; i < steps.Length; i++)
        {
            Assert.Equal(3e-4 * expected[i], rate.At(steps[i]), 1e-18);
        }
    }

    [Fact]
    public void Constructor_Ratio_RoundsUpAndYieldsToSteps()
    {
        Assert.Equal(4, new WarmupLearningRate("linear", 1, 31, warmupRatio: 0.1).WarmupSteps);
        Assert.Equal(7, new WarmupLearningRate("linear", 1, 31, warmupSteps: 7, warmupRatio: 0.1).WarmupSteps);
        Assert.Equal(0, new WarmupLearningRate("linear", 1, 31).WarmupSteps);
    }

    [Fact]
    public void Constructor_UnknownName_ListsTheKnown()
    {
        var error = Assert.Throws<ArgumentException>(() => new WarmupLearningRate("cosin", 1, 10));
        Assert.Contains("'cosin'", error.Message, StringComparison.Ordinal);
        Assert.Contains("constant, constant_with_warmup, linear, cosine", error.Message, StringComparison.Ordinal);
    }
}
