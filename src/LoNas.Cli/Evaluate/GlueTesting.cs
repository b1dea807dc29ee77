using System.Diagnostics;
using System.Globalization;
using System.Text;
using System.Text.Json.Nodes;
using LoNas.Cli.Output;
using LoNas.Data;
using LoNas.Distributed;
using LoNas.Evaluation;
using LoNas.Evaluation.Glue;
using LoNas.Formats;
using LoNas.Storage;
using LoNas.Text;

namespace LoNas.Cli.Evaluate;

/// <summary>Texts that are judged or predicted together.</summary>
/// <param name="Suffix">What the keys of their figures end with; <c>_mm</c> for the mismatched part of mnli.</param>
/// <param name="Texts">The texts.</param>
internal sealed record GluePart(string Suffix, IReadOnlyList<LabelledText> Texts);

/// <summary>Judges a classifier, and writes its figures and predictions as Transformers' example does.</summary>
/// <param name="model">The model.</param>
/// <param name="task">What it is judged by.</param>
/// <param name="maxLength">Most tokens of a text.</param>
/// <param name="batchSize">Texts at once.</param>
/// <param name="console">Where it is shown.</param>
/// <param name="ranks">The processes that score together, of which rank 0 writes; null for this one alone.</param>
internal sealed class GlueTesting(
    ElasticModel model, GlueTask task, int maxLength, int batchSize, ConsoleReporter console,
    ICollectives? ranks = null)
{
    /// <summary>The file of a part's predictions.</summary>
    public static string PredictionsOf(GlueTask task, GluePart part) =>
        $"predict_results_{task.Name}{part.Suffix.Replace('_', '-')}.txt";

    /// <summary>Judges the maximal sub-adapter, and the chosen one if it is another, and writes the figures.</summary>
    public void Evaluate(
        IReadOnlyList<GluePart> parts, ChosenSubAdapter? chosen, string folder, CancellationToken cancel)
    {
        var metrics = new JsonObject();
        var rows = new List<string[]>();
        var maximal = model.Space is { } space ? new ChosenSubAdapter(SubAdapterChoice.Maximal, space.Maximal) : null;
        foreach (var which in new[] { maximal, chosen }.DistinctBy(each => each?.SubAdapter))
        {
            // The whole adapter's figures have the names that Transformers gives them.
            bool isWhole = which?.SubAdapter == maximal?.SubAdapter;
            var prefix = isWhole ? "eval_" : $"{which!.Name}_eval_";
            Measure(parts, which, prefix, metrics, rows, cancel);
        }

        if (Writes)
        {
            MetricsFiles.Save(folder, MetricsFiles.EvalResults, metrics);
        }

        console.Table($"{task.Title}: {parts.Sum(part => part.Texts.Count)} validation texts", Header, rows);
        console.Line($"results: {Path.Combine(folder, MetricsFiles.EvalResults)}");
    }

    /// <summary>Writes what the chosen sub-adapter says of texts.</summary>
    public void Predict(
        IReadOnlyList<GluePart> parts, ChosenSubAdapter? chosen, string folder, CancellationToken cancel)
    {
        foreach (var part in parts)
        {
            var predicted = Scores(part, chosen, "predicting", cancel).Scores.Select(task.Predict);
            var text = new StringBuilder("index\tprediction\n");
            foreach (var (index, value) in predicted.Index())
            {
                text.Append(CultureInfo.InvariantCulture, $"{index}\t")
                    .Append(task.IsRegression ? value.ToString("0.000", CultureInfo.InvariantCulture)
                        : task.Labels[(int)value])
                    .Append('\n');
            }

            var path = Path.Combine(folder, PredictionsOf(task, part));
            if (Writes)
            {
                AtomicFile.WriteText(path, text.ToString());
            }

            console.Line($"predictions: {path}");
        }
    }

    private bool Writes => ranks is null or { Rank: 0 };

    private string[] Header =>
        ["sub-adapter", "parameters", "MACs", .. task.MetricNames.Select(name => name.Replace('_', ' ')), "loss"];

    /// <summary>Judges a sub-adapter.</summary>
    /// <returns>The task's figures and the loss by name, what they are of, and the seconds it took.</returns>
    public GlueFigures Measure(GluePart part, ChosenSubAdapter? which, CancellationToken cancel)
    {
        var (scores, targets, seconds) = Scores(part, which, "evaluating", cancel);
        double[] predicted = [.. scores.Select(task.Predict)];
        TellConstant(predicted, which);
        return new GlueFigures(
            [
                .. task.Score(predicted, targets),
                new("loss", task.Loss(scores, targets)),
            ],
            targets.Count, seconds);
    }

    private void Measure(
        IReadOnlyList<GluePart> parts, ChosenSubAdapter? which, string prefix, JsonObject metrics,
        List<string[]> rows, CancellationToken cancel)
    {
        var cost = model.CostOf(which?.SubAdapter);
        foreach (var part in parts)
        {
            var figures = Measure(part, which, cancel);
            foreach (var (name, value) in figures.Json())
            {
                metrics[$"{prefix}{name}{part.Suffix}"] = value?.DeepClone();
            }

            rows.Add(
            [
                (which?.Name ?? "uncut") + part.Suffix, Text($"{cost.TotalParameters:N0}"), Text($"{cost.Macs:N0}"),
                .. figures.Row(),
            ]);
        }

        metrics[$"{prefix}non_zero_params"] = NonZeroCount.Of(model.AllParameters);
        metrics[$"{prefix}macs"] = PythonNumber.Text(cost.Macs / 1e6);
        metrics[$"{prefix}weights"] = cost.Weights.ToString(CultureInfo.InvariantCulture);
    }

    /// <summary>A model that says the same of every text has learned nothing but which class is frequent.</summary>
    private void TellConstant(double[] predicted, ChosenSubAdapter? which)
    {
        if (predicted.Length > 1 && predicted.Distinct().Count() == 1)
        {
            var label = task.IsRegression ? predicted[0].ToString("0.000", CultureInfo.InvariantCulture)
                : task.Labels[(int)predicted[0]];
            console.Warn(
                $"{which?.Name ?? "the model"} says '{label}' of every text: train longer, and with --modules_to_save "
                + "pooler.dense where the encoder's pooler was never trained, as in sentence-transformers");
        }
    }

    private (IReadOnlyList<float[]> Scores, IReadOnlyList<double> Targets, double Seconds) Scores(
        GluePart part, ChosenSubAdapter? which, string doing, CancellationToken cancel)
    {
        using var active = model.Cut(which?.SubAdapter);
        var examples = ClassifierData.Encode(part.Texts, maxLength, model.Tokenizer).Examples;
        using var bar = console.StartBar($"{doing} {which?.Name ?? task.Title}{part.Suffix}", examples.Count);
        long start = Stopwatch.GetTimestamp();
        var scores = Interruption.Explain(
            () => ClassifierEvaluator.Scores(
                model.Classifier, examples, batchSize, done => bar.Update(done), cancel, ranks),
            () => "the same command starts this part again");
        return (scores, [.. part.Texts.Select(text => text.Label ?? 0)], Stopwatch.GetElapsedTime(start).TotalSeconds);
    }

    private static string Text(FormattableString text) => FormattableString.Invariant(text);
}
