using System.Globalization;
using LoNas.Benchmarks;
using LoNas.Export;
using LoNas.Runtime;

// What extraction saves: the maximal and the heuristic sub-adapter of a random model of 110 million parameters as models
// of their own; their sizes and speeds against their MACs. The two take turns, and the best of all rounds counts, so that
// other work on the machine hits both alike.
CultureInfo.CurrentCulture = CultureInfo.InvariantCulture;
int rounds = args.Length > 0 ? int.Parse(args[0]) : 15;
TorchRuntime.Initialize(args.Length > 1 ? int.Parse(args[1]) : null);
// A third argument names an existing folder in which the models stay, to be measured in other ways.
bool keeps = args.Length > 2;
var folder = keeps ? args[2] : Directory.CreateTempSubdirectory("lonas-bench-").FullName;
try
{
    var source = RandomModel.Write(folder);
    var reports = new[] { "maximal", "heuristic" }.Select(name => Extractor.Extract(
        source with { SubAdapter = name }, new ExtractionOptions { OutputDir = Path.Combine(folder, name) })).ToArray();
    using var maximal = new TimedModel(Path.Combine(folder, "maximal"));
    using var heuristic = new TimedModel(Path.Combine(folder, "heuristic"));
    for (int round = 0; round < rounds; round++)
    {
        maximal.Round();
        heuristic.Round();
    }

    Console.WriteLine("model,parameters,MACs,bytes,prefill ms (256 tokens),decode ms a token,logit difference");
    foreach (var (name, report, model) in new[] { ("maximal", reports[0], maximal), ("heuristic", reports[1], heuristic) })
    {
        Console.WriteLine($"{name},{report.Result.TotalParameters},{report.Result.Macs},{report.ResultBytes},"
            + $"{model.Best.Prefill:0.0},{model.Best.Decode:0.00},{report.Check!.Relative:g2}");
    }

    // A prompt needs the head at its last position alone, a new token always.
    long tokens = reports[0].Result.Macs / reports[0].Result.Weights;
    long head = RandomModel.HeadWeights * tokens;
    double all = (double)reports[1].Result.Macs / reports[0].Result.Macs;
    double body = (double)(reports[1].Result.Macs - head) / (reports[0].Result.Macs - head);
    Console.WriteLine($"heuristic over maximal: MACs {all:0.000}, without the head {body:0.000}, "
        + $"bytes {(double)reports[1].ResultBytes / reports[0].ResultBytes:0.000}, "
        + $"prefill {heuristic.Best.Prefill / maximal.Best.Prefill:0.000}, "
        + $"decode {heuristic.Best.Decode / maximal.Best.Decode:0.000}");
}
finally
{
    if (!keeps)
    {
        Directory.Delete(folder, recursive: true);
    }
}
