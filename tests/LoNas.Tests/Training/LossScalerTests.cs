using LoNas.Training.Optimizer;

namespace LoNas.Tests.Training;

public sealed class LossScalerTests
{
    [Fact]
    public void Update_AsGradScaler_HalvesOnOverflowAndDoublesAfter2000GoodSteps()
    {
        var scaler = new LossScaler();
        Assert.Equal(65536, scaler.Scale);

        scaler.Update(isFinite: false);
        Assert.Equal(32768, scaler.Scale);

        Repeat(scaler, 1999);
        Assert.Equal(32768, scaler.Scale);
        scaler.Update(isFinite: false);
        Assert.Equal((16384, 0), (scaler.Scale, scaler.GoodSteps));

        Repeat(scaler, 2000);
        Assert.Equal((32768, 0), (scaler.Scale, scaler.GoodSteps));
    }

    [Fact]
    public void Update_NearFloat32sEnd_StaysFinite()
    {
        var scaler = new LossScaler();
        scaler.Restore(Math.Pow(2, 127), goodSteps: 1999);

        scaler.Update(isFinite: true);

        Assert.Equal((Math.Pow(2, 127), 0), (scaler.Scale, scaler.GoodSteps));
    }

    [Fact]
    public void Restore_ScaleAndGoodSteps_ContinuesAlike()
    {
        var scaler = new LossScaler();
        scaler.Update(isFinite: false);
        Repeat(scaler, 1500);
        var resumed = new LossScaler();

        resumed.Restore(scaler.Scale, scaler.GoodSteps);
        Repeat(resumed, 500);

        Assert.Equal(65536, resumed.Scale);
    }

    private static void Repeat(LossScaler scaler, int steps)
    {
        for (int i = 0; i < steps; i++)
        {
            scaler.Update(isFinite: true);
        }
    }
}
