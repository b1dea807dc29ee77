using ScottPlot;

namespace LoNas.Reporting;

/// <summary>Axes that end where their quantity does: no share is over 100 %, no loss or rate below 0.</summary>
internal static class PlotAxes
{
    /// <summary>The limits that show all of a plot, cut to what there can be.</summary>
    /// <param name="plot">The plot, with all of its points.</param>
    /// <param name="highest">The largest value of the vertical axis.</param>
    public static void FitWithin(this Plot plot, double highest)
    {
        plot.Axes.AutoScale();
        var limits = plot.Axes.GetLimits();
        plot.Axes.SetLimits(
            Math.Max(0, limits.Left), limits.Right, Math.Max(0, limits.Bottom), Math.Min(highest, limits.Top));
    }

    /// <summary>A vertical axis from 0 to a little over the largest of some values.</summary>
    public static void FromZero(this Plot plot, IYAxis axis, IEnumerable<double> values)
    {
        double highest = values.DefaultIfEmpty(0).Max();
        plot.Axes.SetLimitsY(0, highest > 0 ? highest * 1.05 : 1, axis);
    }
}

/// <summary>Markers that are drawn whole where they lie on the end of an axis.</summary>
internal sealed class WholeMarkers(IScatterSource points) : ScottPlot.Plottables.Markers(points)
{
    /// <inheritdoc/>
    public override void Render(RenderPack rp)
    {
        rp.CanvasState.DisableClipping();
        base.Render(rp);
    }
}
