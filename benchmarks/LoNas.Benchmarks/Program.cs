using System.Globalization;
using LoNas;
using LoNas.Benchmarks;
using LoNas.Export.Extraction;
using LoNas.Runtime;


// Measures what extraction saves. Extracts the maximal and the heuristic sub-adapter of a random model of 110 million
// parameters and compares the sizes and speeds of the two models with their MACs. The two are timed in turns, and the
// best of all rounds counts, so that other work on the machine affects both alike. The exit code is 1 if a ratio of
// times differs by more than 15 % from that of the MACs, or if the file is not smaller by exactly the weights cut. With
// 'memory' as the first argument, measures the memory that extracting a large model needs.
CultureInfo.CurrentCulture = CultureInfo.InvariantCulture;
if (args is ["memory", ..])
{
    return ExtractionMemory.Run(layers: args.Length > 1 ? int.Parse(args[1]) : 32);
}

int rounds = args.Length > 0 ? int.Parse(args[0]) : 15;
TorchRuntime.Initialize(args.Length > 1 ? int.Parse(args[1]) : null);
// A third argument names an existing folder in which the models stay, to be measured in other ways.
bool keeps = args.Length > 2;
var folder = keeps ? args[2] : Directory.CreateTempSubdirectory("lonas-bench-").FullName;
try
{
    var source = RandomModel.Write(folder);
    using var opened = ElasticModel.Open(source);
    var chosen = new[] { ("maximal", opened.Space!.Maximal), ("heuristic", opened.Space.Heuristic) };
    var reports = chosen.Select(named => Extractor.Extract(
        opened, named.Item2, new ExtractionOptions { OutputDir = Path.Combine(folder, named.Item1) })).ToArray();
    using var maximal = new TimedModel(Path.Combine(folder, "maximal"));
    using var heuristic = new TimedModel(Path.Combine(folder, "heuristic"));
    for (int round = 0; round < rounds; round++)
    {
        maximal.Round();
        heuristic.Round();
    }

    Console.WriteLine("model,parameters,MACs,bytes,prefill ms (256 tokens),decode ms a token,logit difference");
    foreach (var (name, report, model) in
        new[] { ("maximal", reports[0], maximal), ("heuristic", reports[1], heuristic) })
    {
        Console.WriteLine($"{name},{report.Result.TotalParameters},{report.Result.Macs},{report.ResultBytes},"
            + $"{model.Best.Prefill:0.0},{model.Best.Decode:0.00},{report.Check!.Relative:g2}");
    }

    var claim = new ProportionClaim(reports[0], reports[1]);
    if (keeps)
    {
        File.WriteAllText(Path.Combine(folder, "shares"), $"{claim.PromptShare:0.0000} {claim.TokenShare:0.0000}\n");
    }

    bool holds = claim.HoldsForBytes(Console.Out);
    holds &= ProportionClaim.HoldsForTime(
        Console.Out, "prefill", heuristic.Best.Prefill / maximal.Best.Prefill, claim.PromptShare);
    holds &= ProportionClaim.HoldsForTime(
        Console.Out, "decode", heuristic.Best.Decode / maximal.Best.Decode, claim.TokenShare);
    return holds ? 0 : 1;
}
finally
{
    if (!keeps)
    {
        Directory.Delete(folder, recursive: true);
    }
}
