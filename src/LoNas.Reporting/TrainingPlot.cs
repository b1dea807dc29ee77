using LoNas.Training;
using ScottPlot;

namespace LoNas.Reporting;

/// <summary>Draws <c>training_curve.png</c>: loss and learning rate by optimiser step.</summary>
public static class TrainingPlot
{
    /// <summary>The file's name.</summary>
    public const string FileName = "training_curve.png";

    /// <summary>Draws the curves of <c>log_history</c>; if it has no loss, nothing is written.</summary>
    /// <param name="path">The file.</param>
    /// <param name="state">Has the curves.</param>
    /// <param name="source">What was trained on what.</param>
    /// <param name="lossTitle">The loss with its unit.</param>
    /// <returns>Whether there was something to draw.</returns>
    public static bool Save(
        string path, TrainerState state, PlotSource source, string lossTitle = "loss (nats a token)")
    {
        using var plot = Draw(state, source, lossTitle);
        plot?.Save(path);
        return plot is not null;
    }

    /// <summary>The plot; null if there is no loss.</summary>
    internal static Plot? Draw(
        TrainerState state, PlotSource source, string lossTitle = "loss (nats a token)")
    {
        var losses = Curve(state, "loss");
        if (losses.Length == 0)
        {
            return null;
        }

        var plot = new Plot();
        plot.Title(source.Title($"training: {state.GlobalStep} steps"));
        plot.XLabel("optimiser step");
        plot.YLabel(lossTitle);
        (Coordinates[] Points, string Name, Color Color)[] curves =
        [
            (losses, "training loss", Colors.Blue),
            (Curve(state, LogKeys.Loss), "validation loss", Colors.Green),
            (Curve(state, LogKeys.MaximalLoss), "validation loss, maximal", Colors.Green),
            (Curve(state, LogKeys.MinimalLoss), "validation loss, minimal", Colors.DarkOrange),
        ];
        foreach (var (points, name, color) in curves)
        {
            Add(plot, points, name, color);
        }

        plot.Axes.Right.Label.Text = "learning rate";
        var rates = Curve(state, "learning_rate");
        if (Add(plot, rates, "learning rate (right)", Colors.Gray) is { } rate)
        {
            rate.Axes.YAxis = plot.Axes.Right;
            rate.LinePattern = LinePattern.Dashed;
            rate.MarkerSize = 0;
        }

        plot.FitWithin(double.PositiveInfinity);
        plot.FromZero(plot.Axes.Left, curves.SelectMany(curve => curve.Points).Select(point => point.Y));
        plot.FromZero(plot.Axes.Right, rates.Select(point => point.Y));
        plot.ShowLegend(Edge.Right);
        return plot;
    }

    private static Coordinates[] Curve(TrainerState state, string name) =>
    [
        .. state.LogHistory.Where(entry => entry.TryGetValue(name, out double value) && double.IsFinite(value))
            .Select(entry => new Coordinates(entry["step"], entry[name])),
    ];

    private static ScottPlot.Plottables.Scatter? Add(Plot plot, Coordinates[] points, string name, Color color)
    {
        if (points.Length == 0)
        {
            return null;
        }

        var curve = plot.Add.Scatter(points, color);
        curve.LegendText = name;
        curve.LineWidth = 2;
        return curve;
    }
}
