using ScottPlot;

namespace LoNas.Reporting;

/// <summary>The size and file format of all plots.</summary>
internal static class PlotSize
{
    private const int Width = 1000;
    private const int Height = 650;

    /// <summary>Writes a plot as PNG; a reader sees either the old file or the new one.</summary>
    public static void Save(this Plot plot, string path)
    {
        var bytes = plot.GetImageBytes(Width, Height, ImageFormat.Png);
        LoNas.Storage.AtomicFile.Write(path, stream => stream.Write(bytes));
    }
}
