using LoNas.Search;
using ScottPlot;

namespace LoNas.Reporting;

/// <summary>Draws <c>search_progression.png</c>: every evaluation by cost and metric, coloured by generation.</summary>
public sealed record SearchPlot
{
    private const int ColorBarSteps = 6;

    /// <summary>The horizontal axis, with its unit.</summary>
    public required string CostTitle { get; init; }

    /// <summary>The vertical axis, with its unit.</summary>
    public required string MetricTitle { get; init; }

    /// <summary>Turns an evaluation's second objective into what is shown, such as its negative in per cent.</summary>
    public required Func<double, double> Metric { get; init; }

    /// <summary>The largest value that can be shown, such as 100 per cent.</summary>
    public required double HighestMetric { get; init; }

    /// <summary>What was searched by what.</summary>
    public required PlotSource Source { get; init; }

    /// <summary>Every evaluation.</summary>
    public required IReadOnlyList<EvaluatedGenome> Evaluated { get; init; }

    /// <summary>Those that no other beats, by ascending cost.</summary>
    public required IReadOnlyList<EvaluatedGenome> Front { get; init; }

    /// <summary>The sub-adapters to mark, with their names.</summary>
    public required IReadOnlyList<(string Name, EvaluatedGenome Entry)> Marked { get; init; }

    /// <summary>Draws and writes the PNG.</summary>
    public void Save(string path)
    {
        using var plot = Draw();
        plot.Save(path);
    }

    internal Plot Draw()
    {
        var plot = new Plot();
        plot.Title(Source.Title(
            $"search: {Evaluated.Count} evaluations in {Evaluated[^1].Generation + 1} generations"));
        plot.XLabel(CostTitle);
        plot.YLabel(MetricTitle);
        AddGenerations(plot);
        AddFront(plot);
        AddMarks(plot);
        plot.FitWithin(HighestMetric);
        plot.ShowLegend(Edge.Right);
        return plot;
    }

    private void AddGenerations(Plot plot)
    {
        int last = Math.Max(1, Evaluated[^1].Generation);
        var colors = new ScottPlot.Colormaps.Viridis();
        foreach (var generation in Shown(Evaluated).GroupBy(entry => entry.Generation))
        {
            var points = Whole(plot, generation, MarkerShape.FilledCircle, 9);
            points.Color = colors.GetColor((double)generation.Key / last).WithAlpha(0.8);
            // Naming every generation in the legend would hide the plot, so only some are named.
            if (generation.Key == last || generation.Key % Math.Max(1, (last + ColorBarSteps - 1) / ColorBarSteps) == 0)
            {
                points.LegendText = $"generation {generation.Key}";
            }
        }
    }

    private void AddFront(Plot plot)
    {
        var front = Shown(Front).ToArray();
        var line = plot.Add.Scatter(Costs(front), Metrics(front));
        line.Color = Colors.Black;
        line.LineWidth = 2;
        line.MarkerSize = 0;
        line.ConnectStyle = ConnectStyle.StepHorizontal;
        line.LegendText = "front";
    }

    private void AddMarks(Plot plot)
    {
        MarkerShape[] shapes =
            [MarkerShape.OpenTriangleUp, MarkerShape.OpenSquare, MarkerShape.OpenCircleWithCross];
        Color[] colors = [Colors.Red, Colors.DarkOrange, Colors.Magenta];
        foreach (var (index, (name, entry)) in Marked.Index().Where(mark => mark.Item.Entry.IsMeasured))
        {
            var mark = Whole(plot, [entry], shapes[index % shapes.Length], 18);
            mark.Color = colors[index % colors.Length];
            mark.MarkerLineWidth = 3;
            mark.LegendText = name;
        }
    }

    private WholeMarkers Whole(Plot plot, IEnumerable<EvaluatedGenome> entries, MarkerShape shape, float size)
    {
        var points = entries.Select(entry => new Coordinates(entry.Objectives[0], Metric(entry.Objectives[1])));
        var markers = new WholeMarkers(new ScottPlot.DataSources.ScatterSourceCoordinatesArray([.. points]))
        {
            MarkerShape = shape,
            MarkerSize = size,
        };
        plot.PlottableList.Add(markers);
        return markers;
    }

    /// <summary>Leaves out what could not be measured.</summary>
    private static IEnumerable<EvaluatedGenome> Shown(IEnumerable<EvaluatedGenome> entries) =>
        entries.Where(entry => entry.IsMeasured);

    private static double[] Costs(IEnumerable<EvaluatedGenome> entries) =>
        [.. entries.Select(entry => entry.Objectives[0])];

    private double[] Metrics(IEnumerable<EvaluatedGenome> entries) =>
        [.. entries.Select(entry => Metric(entry.Objectives[1]))];
}
