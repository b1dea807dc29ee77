using System.Diagnostics;
using System.Text.Json.Nodes;
using LoNas.Bench.Models;
using LoNas.Bench.Processes;
using LoNas.Cli.Model;
using LoNas.Cli.Output;
using LoNas.Data;
using LoNas.Elastic;
using LoNas.Evaluation.Glue;
using LoNas.Opening;
using LoNas.Runtime;
using Microsoft.Extensions.Logging.Abstractions;
using static TorchSharp.torch;

namespace LoNas.Bench.Glue;

/// <summary>
/// The time in which a classifier scores pairs, and that of the products of its linear layers alone: float32, over the
/// tokens that are no padding, in large blocks. Both are measured in turns.
/// </summary>
internal sealed class GlueBench(BenchGlueOptions options, ConsoleReporter console)
{
    private const int LongestPair = 128;
    private const long BlockRows = 4_096;

    // Of MRPC's training pairs: tokens with the special ones, mean and deviation.
    private const double MeanLength = 53;
    private const double LengthDeviation = 17;

    /// <summary>Measures and shows.</summary>
    public void Execute(CancellationToken cancel)
    {
        using var temporary = new TemporaryModel(options);
        using var model = ModelOpening.Open(Opening(temporary.Folder), console, cancel);
        var clock = Stopwatch.StartNew();
        var examples = Examples(model);
        double encoding = clock.Elapsed.TotalSeconds;
        var (scored, multiplied) = (new List<Lap>(), new List<Lap>());
        for (int round = 0; round <= options.Repeats; round++)
        {
            cancel.ThrowIfCancellationRequested();
            multiplied.Add(Lap.Of(() => Multiply(model, examples)));
            scored.Add(Lap.Of(() => ClassifierEvaluator.Scores(
                model.Classifier, examples, options.Batch, cancel: cancel)));
        }

        Show(examples, Median(scored), Median(multiplied), options.GlueDir is null ? null : encoding);
    }

    private OpenOptions Opening(string folder) => options.Model.Opening() with
    {
        Model = folder,
        ElementType = ScalarType.Float32,
        Labels = 2,
        Seed = options.Seed,
        NeedsTokenizer = options.GlueDir is not null,
        NewAdapter = new LoraOptions
        {
            Rank = 8,
            Alpha = 16,
            TargetModules = ["query", "value"],
            TaskType = LoraOptions.ClassificationTask,
        },
    };

    private IReadOnlyList<TrainingExample> Examples(ElasticModel model)
    {
        if (options.GlueDir is { } folder)
        {
            var task = GlueTask.All.Single(each => each.Name == "mrpc");
            var pairs = GlueData.Load(task, folder, GlueSplit.Train).Take(options.Pairs).ToArray();
            return ClassifierData.Encode(pairs, LongestPair, model.Tokenizer).Examples;
        }

        var random = new SeededRandom(options.Seed);
        int vocabulary = (int)model.Folder.Config.VocabularySize;
        return
        [
            .. Enumerable.Range(0, options.Pairs).Select(_ =>
            {
                // The sum of twelve is nearly normal.
                double draw = Enumerable.Range(0, 12).Sum(_ => random.NextDouble()) - 6;
                int length = (int)Math.Clamp(MeanLength + (LengthDeviation * draw), 8, LongestPair);
                return new TrainingExample([.. Enumerable.Range(0, length).Select(_ => random.Next(vocabulary))], []);
            }),
        ];
    }

    /// <summary>The products of the blocks' linear layers, over all tokens.</summary>
    private static void Multiply(ElasticModel model, IReadOnlyList<TrainingExample> examples)
    {
        using var frozen = no_grad();
        using var scope = NewDisposeScope();
        long tokens = examples.Sum(example => (long)example.InputIds.Length);
        var blocks = $"{model.Folder.Family.BlockPath}.";
        var layers = model.Adapter.Layers.Where(entry => entry.Key.StartsWith(blocks, StringComparison.Ordinal))
            .Select(entry => entry.Value).ToArray();
        var inputs = layers.Select(layer => layer.Full.In).Distinct()
            .ToDictionary(width => width, width => randn(Math.Min(BlockRows, tokens), width));
        for (long first = 0; first < tokens; first += BlockRows)
        {
            foreach (var layer in layers)
            {
                using var rows = inputs[layer.Full.In].narrow(0, 0, Math.Min(BlockRows, tokens - first));
                using var weight = layer.Weight.t();
                rows.mm(weight).Dispose();
            }
        }
    }

    private static Lap Median(List<Lap> laps) => laps.Count == 1
        ? laps[0]
        : new Lap(Middle(laps.Skip(1).Select(lap => lap.Seconds)), Middle(laps.Skip(1).Select(lap => lap.Processor)));

    private static double Middle(IEnumerable<double> values) =>
        values.Order().ToArray() is var sorted ? sorted[sorted.Length / 2] : double.NaN;

    private void Show(IReadOnlyList<TrainingExample> examples, Lap scored, Lap multiplied, double? encoding)
    {
        long tokens = examples.Sum(example => (long)example.InputIds.Length);
        var result = new JsonObject
        {
            ["pairs"] = examples.Count,
            ["tokens"] = tokens,
            ["seconds"] = scored.Seconds,
            ["processor_seconds"] = scored.Processor,
            ["products_seconds"] = multiplied.Seconds,
            ["products_processor_seconds"] = multiplied.Processor,
            ["limit_ratio"] = multiplied.Seconds / scored.Seconds,
            ["limit_ratio_processor"] = multiplied.Processor / scored.Processor,
            ["encoding_seconds"] = encoding,
        };
        if (options.Json)
        {
            console.Verbatim(result.ToJsonString());
            return;
        }

        console.Table(
            Text($"{examples.Count:N0} pairs of {(double)tokens / examples.Count:0.0} tokens, ")
                + Text($"{options.Batch} at a time"),
            ["", "seconds", "processor time", "pairs/s"],
            [Row("scores", scored), Row("products of linear layers alone", multiplied)]);
        var (share, processor) = (multiplied.Seconds / scored.Seconds, multiplied.Processor / scored.Processor);
        console.Line(Text($"share of the limit: {share:0.00}, by processor time {processor:0.00}"));
        if (encoding is { } seconds)
        {
            console.Line(Text($"the tokenizer took {seconds:0.00} s, which is not counted"));
        }

        string[] Row(string name, Lap lap) =>
        [
            name, Text($"{lap.Seconds:0.00}"), Text($"{lap.Processor:0.00}"),
            Text($"{examples.Count / lap.Seconds:0.0}"),
        ];
    }

    private static string Text(FormattableString text) => FormattableString.Invariant(text);

    private sealed record Lap(double Seconds, double Processor)
    {
        public static Lap Of(Action work)
        {
            using var watch = new ProcessorWatch();
            long start = Stopwatch.GetTimestamp();
            work();
            return new Lap(Stopwatch.GetElapsedTime(start).TotalSeconds, watch.Lap());
        }
    }

    /// <summary>The model that is given, or a random one for as long as this lives.</summary>
    private sealed class TemporaryModel : IDisposable
    {
        private readonly DirectoryInfo? _temporary;

        public TemporaryModel(BenchGlueOptions options)
        {
            Folder = options.Model.ModelNameOrPath;
            if (Folder.Length == 0)
            {
                _temporary = Directory.CreateTempSubdirectory("lonas-bench-");
                Folder = _temporary.FullName;
                TorchStart.Start(options.Model.Threads, NullLogger.Instance);
                RandomBert.Save(Folder, options.Seed);
            }
        }

        public string Folder { get; }

        public void Dispose() => _temporary?.Delete(recursive: true);
    }
}
