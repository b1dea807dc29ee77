using LoNas.Data;
using LoNas.Errors;
using LoNas.Evaluation;
using LoNas.Evaluation.Glue;
using LoNas.Runtime;
using LoNas.Training;
using LoNas.Training.Gradients;

namespace LoNas.Search;

/// <summary>The validation data of a classifier.</summary>
/// <param name="Task">The task, and so the metric.</param>
/// <param name="Examples">The texts as tokens, with their targets.</param>
/// <param name="BatchSize">Texts of a batch.</param>
public sealed record ClassifierValidation(GlueTask Task, IReadOnlyList<TrainingExample> Examples, int BatchSize);

/// <summary>Judges the active sub-adapter of a classifier by its task's metric, or by the loss.</summary>
internal sealed class ClassifierJudge : SubAdapterJudge
{
    private readonly SubAdapterSearchOptions _options;
    private readonly ElasticModel _model;
    private readonly ClassifierValidation _validation;
    private readonly IReadOnlyList<TrainingExample> _examples;

    /// <exception cref="ArgumentException">A race is asked for with a metric that is no share.</exception>
    public ClassifierJudge(SubAdapterSearchOptions options, ElasticModel model, ClassifierValidation validation)
    {
        (_options, _model, _validation) = (options, model, validation);
        // Files are often sorted: the first rungs of a race must be a fair sample.
        _examples = options.Racing
            ? [.. new SeededRandom(TrainingData.SplitSeed).Permutation(validation.Examples.Count)
                .Select(index => validation.Examples[index])]
            : validation.Examples;
        if (options.Racing && !IsShare)
        {
            throw new ArgumentException(
                $"A race counts right answers, and the task '{validation.Task.Name}' is judged by {MetricName}; search "
                + "without a race").About(Setting.SearchMetric);
        }
    }

    public override string MetricName => _validation.Task.SearchMetric;

    public override string LossTitle => "validation loss";

    public override Setting Records => Setting.ValidationTexts;

    public override int Count => _examples.Count;

    internal override string Hash => $"{_validation.Task.Name}, {Count} records, " + EvaluationIdentity.Hash(
        _examples.SelectMany(example => example.InputIds.Concat(example.TokenTypeIds ?? [])
            .Concat(BitConverter.GetBytes(example.Target ?? double.NaN).Select(part => (int)part))));

    internal override double Objective(double cost, IReadOnlyList<double[]> rivals, CancellationToken cancel)
    {
        if (_options.Metric == SearchMetric.Loss)
        {
            return ValidationLoss.Of(
                TrainingObjective.Of(_model.Classifier), _examples, _validation.BatchSize, cancel);
        }

        if (_options.Racing && rivals.Count > 0)
        {
            return -Race.Run(Count, cost, rivals, (from, to) =>
                (int)Math.Round((to - from) * Metric([.. _examples.Skip(from).Take(to - from)], cancel)));
        }

        double metric = Metric(_examples, cancel);
        // Constant predictions correlate with nothing: none are worse.
        return double.IsNaN(metric) ? 1 : -metric;
    }

    private double Metric(IReadOnlyList<TrainingExample> examples, CancellationToken cancel)
    {
        AskedCount += examples.Count;
        var scores = ClassifierEvaluator.Scores(
            _model.Classifier, examples, _validation.BatchSize, cancel: cancel);
        return _validation.Task.Score(
            [.. scores.Select(_validation.Task.Predict)],
            [.. examples.Select(example => example.Target!.Value)])[MetricName];
    }
}
