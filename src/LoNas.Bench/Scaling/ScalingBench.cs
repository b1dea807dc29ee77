using System.Globalization;
using System.Text.Json.Nodes;
using LoNas.Bench.Models;
using LoNas.Bench.Processes;
using LoNas.Bench.Train;
using LoNas.Cli.Output;
using LoNas.Opening;

namespace LoNas.Bench.Scaling;

/// <summary>
/// Seconds a token of the uncut LoRA step, over lengths and over depths, each measured in a process of its own, with
/// the straight line that fits them best.
/// </summary>
internal sealed class ScalingBench(BenchScalingOptions options, ConsoleReporter console)
{
    private const int Layers = 12;
    private const int Tokens = 256;

    /// <summary>Measures and shows.</summary>
    public void Execute(CancellationToken cancel)
    {
        var sequences = Line.Fit(options.Sequences!, tokens => Measure(Layers, tokens, cancel));
        var depths = Line.Fit(options.Depths!, layers => Measure(layers, Tokens, cancel));
        if (options.Json)
        {
            console.Verbatim(
                new JsonObject { ["sequences"] = sequences.ToJson(), ["depths"] = depths.ToJson() }.ToJsonString());
        }
        else
        {
            Show("tokens of a sequence", sequences);
            Show("blocks", depths);
        }
    }

    private double Measure(int layers, int tokens, CancellationToken cancel)
    {
        if (!options.Json)
        {
            console.Line(string.Create(CultureInfo.InvariantCulture, $"measuring {layers} blocks, {tokens} tokens"));
        }

        var folder = Directory.CreateTempSubdirectory("lonas-bench-");
        try
        {
            var measured = options.Of(layers, tokens) with { WorkDir = folder.FullName };
            TorchStart.Start(options.Model.Threads, new ConsoleLogger(console));
            RandomLlama.Save(folder.FullName, measured.Sizes, measured.ElementType, measured.Seed, cancel);
            var result = OwnProcess.Json(["bench", "train"], BenchTrainOptions.Table.ToJson(measured), cancel);
            return 1 / result["tokens_per_s"]!.GetValue<double>();
        }
        finally
        {
            folder.Delete(recursive: true);
        }
    }

    private void Show(string over, Line line)
    {
        console.Table(
            null, [over, "us a token", "on the line", "deviation"],
            line.Points.Select(point => (IReadOnlyList<string>)
            [
                Text($"{point.At}"), Text($"{point.Seconds * 1e6:0.0}"), Text($"{line.Value(point.At) * 1e6:0.0}"),
                Text($"{100 * line.Deviation(point):0.0} %"),
            ]));
        console.Line(Text($"largest deviation: {100 * line.LargestDeviation:0.0} %"));
    }

    private static string Text(FormattableString text) => FormattableString.Invariant(text);

    /// <summary>Measurements and the line of least squares through them.</summary>
    internal sealed record Line(IReadOnlyList<(int At, double Seconds)> Points, double Start, double Slope)
    {
        public double LargestDeviation => Points.Max(point => Math.Abs(Deviation(point)));

        public static Line Fit(IReadOnlyList<int> places, Func<int, double> measure)
        {
            (int At, double Seconds)[] points = [.. places.Select(place => (place, measure(place)))];
            double middle = points.Average(point => (double)point.At);
            double mean = points.Average(point => point.Seconds);
            double slope = points.Sum(point => (point.At - middle) * (point.Seconds - mean))
                / points.Sum(point => (point.At - middle) * (point.At - middle));
            return new Line(points, mean - (slope * middle), slope);
        }

        public double Value(int at) => Start + (Slope * at);

        /// <summary>How far a measurement lies from the line, as a share of the line's value.</summary>
        public double Deviation((int At, double Seconds) point) => (point.Seconds / Value(point.At)) - 1;

        public JsonObject ToJson() => new()
        {
            ["points"] = new JsonArray([.. Points.Select(point => (JsonNode)new JsonObject
            {
                ["at"] = point.At,
                ["seconds_per_token"] = point.Seconds,
                ["fit"] = Value(point.At),
            })]),
            ["largest_deviation"] = LargestDeviation,
        };
    }
}
