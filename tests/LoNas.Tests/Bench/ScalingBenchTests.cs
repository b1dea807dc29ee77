using LoNas.Bench.Scaling;
using LoNas.Tests.Cli;

namespace LoNas.Tests.Bench;

public sealed class ScalingBenchTests
{
    [Fact]
    public void Fit_PointsOnALine_DeviateByNothing()
    {
        var line = ScalingBench.Line.Fit([4, 8, 24], at => 3 + (0.5 * at));

        Assert.Equal(3, line.Start, 1e-9);
        Assert.Equal(0.5, line.Slope, 1e-9);
        Assert.Equal(0, line.LargestDeviation, 1e-9);
    }

    [Fact]
    public void Fit_OnePointOff_IsTheLargestDeviation()
    {
        // By least squares through (1, 1), (2, 4), (3, 1): the line is 2 everywhere.
        var line = ScalingBench.Line.Fit([1, 2, 3], at => at == 2 ? 4 : 1);

        Assert.Equal(2, line.Value(2), 1e-9);
        Assert.Equal(1, line.LargestDeviation, 1e-9);
    }

    [Theory]
    [InlineData("--sequences needs three different lengths", "--sequences", "256,256,256")]
    [InlineData("--depths needs three different numbers of blocks", "--depths", "4,8,8")]
    [InlineData("--hidden 10 is not an even number for each of 3 heads", "--hidden", "10", "--heads", "3")]
    public void Scaling_BadValues_AreNamed(string expected, params string[] flags)
    {
        var run = CliRun.Of(["bench", "scaling", .. flags]);

        Assert.Equal(2, run.ExitCode);
        Assert.Contains(expected, run.Error, StringComparison.Ordinal);
    }
}
