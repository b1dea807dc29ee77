using LoNas.Cli.Output;
using LoNas.Data;

namespace LoNas.Cli.Train;

/// <summary>How long records are, as bars of characters.</summary>
internal static class TokenHistogram
{
    private const int Bins = 8;
    private const int BarWidth = 40;

    /// <summary>Columns before the bars.</summary>
    private const int BarIndent = 24;

    public static void Show(TrainingData data, ConsoleReporter console)
    {
        var lengths = data.Encoded.UncutLengths;
        int widest = lengths.Max();
        int step = Math.Max(8, (widest + (Bins * 8)) / Bins / 8 * 8);
        console.Line($"tokens of {lengths.Count} records:");
        int width = Math.Clamp(console.Columns - BarIndent, 0, BarWidth);
        int most = lengths.GroupBy(length => length / step).Max(bin => bin.Count());
        for (int start = 0; start <= widest; start += step)
        {
            int count = lengths.Count(length => length >= start && length < start + step);
            console.Line(FormattableString.Invariant(
                $"  {start,5} to {start + step - 1,-5} {count,6} {new string('#', count * width / most)}"));
        }
    }
}
