using LoNas.Formats.Nncf;
using LoNas.Training.LearningRates;

namespace LoNas.Tests.Training;

public sealed class GlobalLearningRateTests
{
    [Theory]
    [InlineData("global_3x7")]
    [InlineData("global_3x7_warmup1")]
    public void At_EveryStep_EqualsNncf(string name)
    {
        var recorded = LearningRateFixture.Case(name);
        int steps = recorded.Integer("iters_per_epoch");
        var rate = new GlobalLearningRate(
            new LearningRateSchedule
            {
                BaseLearningRate = recorded.Number("base_lr"),
                Epochs = recorded.Integer("epochs"),
                WarmupEpochs = recorded.Integer("warmup_epochs"),
                WarmupLearningRate = recorded.Number("warmup_lr"),
            },
            steps);
        int index = 0;
        foreach (var expected in recorded.GetProperty("lrs").EnumerateArray())
        {
            LearningRateFixture.AssertClose(expected.GetDouble(), rate.At(index / steps, index % steps));
            index++;
        }

        Assert.Equal(recorded.Integer("epochs") * steps, index);
    }
}
