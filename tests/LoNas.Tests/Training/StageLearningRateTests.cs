using LoNas.Training.LearningRates;

namespace LoNas.Tests.Training;

public sealed class StageLearningRateTests
{
    [Theory]
    [InlineData("stage_3x7")]
    [InlineData("stage_5x4")]
    [InlineData("stage_epochs_lr_shorter")]
    public void At_EveryStep_EqualsNncf(string name)
    {
        var recorded = LearningRateFixture.Case(name);
        int steps = recorded.Integer("iters_per_epoch");
        var rate = new StageLearningRate(recorded.Number("init_lr"), recorded.Integer("epochs_lr"), steps);
        int index = 0;
        foreach (var expected in recorded.GetProperty("lrs").EnumerateArray())
        {
            LearningRateFixture.AssertClose(expected.GetDouble(), rate.At(index / steps, index % steps));
            index++;
        }

        Assert.Equal(recorded.Integer("epochs") * steps, index);
    }

    [Fact]
    public void At_Accumulation_EqualsNncfAtTheOptimizerSteps()
    {
        var recorded = LearningRateFixture.Case("stage_2x8_accum4");
        var rate = new StageLearningRate(recorded.Number("init_lr"), 2, recorded.Integer("micro_batches_per_epoch"));
        foreach (var step in recorded.GetProperty("optimizer_steps").EnumerateArray())
        {
            LearningRateFixture.AssertClose(
                step.Number("lr"), rate.At(step.Integer("epoch"), step.Integer("micro_batch")));
        }
    }
}
