using LoNas.Reporting;
using LoNas.Search;
using LoNas.Training;

namespace LoNas.Tests.FieldCases;

/// <summary>Axes end where their quantity does, and titles say what was drawn.</summary>
public sealed class PlotAxesTests
{
    private static readonly PlotSource Source = new("samples/model", "word_problems/train.json", new(2026, 11, 30));

    [Theory]
    [InlineData(1.0, 1.0)]
    [InlineData(0.0, 0.0)]
    [InlineData(0.0, 1.0)]
    [InlineData(0.98, 1.0)]
    [InlineData(0.0, 0.02)]
    [InlineData(0.5, 0.5)]
    public void SearchPlot_AnyAccuracies_StaysBetween0And100(double low, double high)
    {
        using var plot = Plot(SearchMetric.Accuracy, -low, -high).Draw();

        var limits = plot.Axes.GetLimits();
        Assert.InRange(limits.Bottom, 0, 100 * low);
        Assert.InRange(limits.Top, 100 * high, 100);
        Assert.True(limits.Top > limits.Bottom);
        Assert.True(limits.Left >= 0);
    }

    [Theory]
    [InlineData(0.001, 0.001)]
    [InlineData(0.0, 5.0)]
    [InlineData(200.0, 300.0)]
    public void SearchPlot_AnyLosses_HasNoneBelow0(double low, double high)
    {
        using var plot = Plot(SearchMetric.Loss, low, high).Draw();

        Assert.InRange(plot.Axes.GetLimits().Bottom, 0, low);
        Assert.True(plot.Axes.GetLimits().Top >= high);
    }

    [Theory]
    [InlineData(2.0, 1e-4, 0)]
    [InlineData(0.0, 0, 0)]
    [InlineData(9.0, 3e-3, 12.5)]
    public void TrainingPlot_AnyCurve_BeginsAt0AndShowsAll(double loss, double rate, double validation)
    {
        var state = new TrainerState
        {
            GlobalStep = 20,
            MaxSteps = 20,
            EpochCount = 1,
            LogHistory =
            [
                new() { ["step"] = 10, ["loss"] = loss, ["learning_rate"] = rate },
                new() { ["step"] = 20, ["loss"] = loss / 2, ["learning_rate"] = 0 },
                new() { ["step"] = 20, ["eval_loss"] = validation },
            ],
        };

        using var plot = TrainingPlot.Draw(state, Source)!;

        var left = plot.Axes.GetLimits(plot.Axes.Bottom, plot.Axes.Left);
        var right = plot.Axes.GetLimits(plot.Axes.Bottom, plot.Axes.Right);
        Assert.Equal((0.0, 0.0), (left.Bottom, right.Bottom));
        Assert.True(left.Top > Math.Max(loss, validation) || left.Top == 1);
        Assert.True(right.Top > rate);
        Assert.True(left.Left >= 0);
        Assert.Equal(
            "training: 20 steps\nsamples/model on word_problems/train.json, 2026-11-30",
            plot.Axes.Title.Label.Text);
    }

    /// <summary>The end of a path says what it is; where somebody's home is it does not say.</summary>
    [Theory]
    [InlineData("samples/model", "samples/model")]
    [InlineData("yahma/llama-7b-hf", "yahma/llama-7b-hf")]
    [InlineData("../../a/b/samples/model/", "samples/model")]
    [InlineData("/home/someone/models/small", "small")]
    [InlineData("math_10k.json", "math_10k.json")]
    [InlineData("org/a-name-that-is-longer-than-any-title-has-room-for", "…t-is-longer-than-any-title-has-room-for")]
    public void PlotSource_Path_IsShort(string path, string expected)
    {
        var source = PlotSource.Of(path, path, TimeProvider.System);

        Assert.Equal((expected, expected), (source.Model, source.Data));
    }

    private static SearchPlot Plot(SearchMetric metric, double first, double second)
    {
        var axes = new SearchAxes(SearchCost.Macs, metric);
        EvaluatedGenome[] evaluated = [new([0], [10, first], 0), new([1], [20, second], 1)];
        return new SearchPlot
        {
            CostTitle = axes.CostTitle,
            MetricTitle = axes.MetricTitle,
            Metric = axes.Plotted,
            HighestMetric = axes.HighestPlotted,
            Source = Source,
            Evaluated = evaluated,
            Front = evaluated,
            Marked = [("maximal", evaluated[1])],
        };
    }
}
