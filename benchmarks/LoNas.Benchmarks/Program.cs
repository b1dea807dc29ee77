using System.Globalization;
using LoNas;
using LoNas.Benchmarks;
using LoNas.Export.Extraction;
using LoNas.Runtime;


// What extraction saves: the maximal and the heuristic sub-adapter of a random model of 110 million parameters as models
// of their own; their sizes and speeds against their MACs. The two take turns, and the best of all rounds counts, so that
// other work on the machine hits both alike.
// The exit code is 1 where a time is over 15 % from the MACs' share, or the file is not smaller by the weights cut.
// With 'memory' as the first argument: what extracting a large model needs.
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
    var reports = new[] { ("maximal", opened.Space!.Maximal), ("heuristic", opened.Space.Heuristic) }.Select(named => Extractor.Extract(
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
