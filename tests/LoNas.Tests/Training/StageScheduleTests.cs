using LoNas.Formats.Nncf;
using LoNas.Training.LearningRates;

namespace LoNas.Tests.Training;

public sealed class StageScheduleTests
{
    private static readonly StageSchedule Schedule = new(
    [
        new StageDescription { Epochs = 2, WidthIndicator = 2 },
        new StageDescription { Epochs = 1, WidthIndicator = 3 },
        new StageDescription { Epochs = 3, WidthIndicator = 5 },
    ]);

    [Theory]
    [InlineData(0, 0, 0)]
    [InlineData(1, 0, 1)]
    [InlineData(2, 1, 0)]
    [InlineData(3, 2, 0)]
    [InlineData(5, 2, 2)]
    [InlineData(6, 2, 3)]
    [InlineData(9, 2, 6)]
    public void IndexAt_Epoch_FindsStageAndItsOwnCount(int epoch, int stage, int epochInStage)
    {
        Assert.Equal(stage, Schedule.IndexAt(epoch));
        Assert.Equal(epochInStage, Schedule.EpochInStage(epoch));
        Assert.Equal(new[] { 2, 3, 5 }[stage], Schedule.StageAt(epoch).WidthIndicator);
    }

    [Fact]
    public void Epochs_Stages_AddUp() => Assert.Equal(6, Schedule.Epochs);

    [Fact]
    public void Constructor_NoStage_Throws() => Assert.Throws<ArgumentException>(() => new StageSchedule([]));
}
