using LoNas.Training;
using ScottPlot;

namespace LoNas.Reporting;

/// <summary>Draws <c>training_curve.png</c>: loss and learning rate by optimiser step.</summary>
public static class TrainingPlot
{
    /// <summary>The file's name.</summary>
    public const string FileName = "training_curve.png";

    /// <summary>Draws the curves of <c>log_history</c>; if it has no loss, nothing is written.</summary>
    /// <returns>Whether there was something to draw.</returns>
    public static bool Save(string path, TrainerState state)
    {
        var losses = Curve(state, "loss");
        if (losses.Length == 0)
        {
            return false;
        }

        using var plot = new Plot();
        plot.Title($"{state.GlobalStep} steps");
        plot.XLabel("optimiser step");
        plot.YLabel("loss (nats a token)");
        Add(plot, losses, "training loss", Colors.Blue);
        Add(plot, Curve(state, LogKeys.Loss), "validation loss", Colors.Green);
        Add(plot, Curve(state, LogKeys.MaximalLoss), "validation loss, maximal", Colors.Green);
        Add(plot, Curve(state, LogKeys.MinimalLoss), "validation loss, minimal", Colors.DarkOrange);
        plot.Axes.Right.Label.Text = "learning rate";
        if (Add(plot, Curve(state, "learning_rate"), "learning rate (right)", Colors.Gray) is { } rate)
        {
            rate.Axes.YAxis = plot.Axes.Right;
            rate.LinePattern = LinePattern.Dashed;
            rate.MarkerSize = 0;
        }

        plot.Axes.SetLimitsY(0, losses.Max(point => point.Y) * 1.05, plot.Axes.Left);
        plot.ShowLegend(Edge.Right);
        plot.Save(path);
        return true;
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
