using LoNas.Data;
using LoNas.Errors;
using LoNas.Evaluation;
using LoNas.Runtime;
using LoNas.Training;

namespace LoNas.Search;

/// <summary>Judges the active sub-adapter by the validation records.</summary>
internal sealed class ValidationJudge
{
    private readonly SubAdapterSearchOptions _options;
    private readonly ElasticModel _model;
    private readonly IReadOnlyList<InstructionRecord> _records;
    private readonly Func<InstructionRecord, EvaluationTask> _taskOf;
    private readonly IReadOnlyList<TrainingExample> _examples;

    /// <param name="options">How records are asked.</param>
    /// <param name="model">The model.</param>
    /// <param name="records">The validation records.</param>
    /// <param name="taskOf">The task, and so the template and rule, of a record.</param>
    /// <exception cref="ArgumentException">A record can't be judged.</exception>
    public ValidationJudge(
        SubAdapterSearchOptions options, ElasticModel model, IReadOnlyList<InstructionRecord> records,
        Func<InstructionRecord, EvaluationTask> taskOf)
    {
        (_options, _model, _taskOf) = (options, model, taskOf);
        // Files are often sorted by task: the first rungs of a race must be a fair sample.
        _records = [.. new SeededRandom(TrainingData.SplitSeed).Permutation(records.Count).Select(i => records[i])];
        _examples = IsLoss
            ? new InstructionEncoder(
                model.Tokenizer, options.Data.CutoffLength, options.Data.TrainOnInputs, options.Data.Prompt)
                .Encode(records).Examples
            : [];
        Require();
    }

    private bool IsLoss => _options.Metric == SearchMetric.Loss;

    /// <summary>Validation records that were asked, over all evaluations.</summary>
    public long AskedCount { get; private set; }

    /// <summary>The loss, or minus the share of right answers.</summary>
    /// <param name="cost">The sub-adapter's first objective.</param>
    /// <param name="rivals">What it races against; without racing, or where empty, every record is asked.</param>
    /// <param name="cancel">Stops between two tokens.</param>
    public double Objective(double cost, IReadOnlyList<double[]> rivals, CancellationToken cancel)
    {
        if (IsLoss)
        {
            return ValidationLoss.Of(_model.Causal, _examples, _options.LossBatchSize);
        }

        return -(_options.Racing && rivals.Count > 0
            ? Race.Run(_records.Count, cost, rivals, (from, to) => CountRight(from, to, cancel))
            : (double)CountRight(0, _records.Count, cancel) / _records.Count);
    }

    /// <summary>Stands for the records, their prompts and answers.</summary>
    public string Hash => IsLoss
        ? EvaluationIdentity.Hash(_examples.SelectMany(example => example.InputIds.Concat(example.Labels)))
        : string.Join(';', ValidationTasks.Group(_records, _taskOf)
            .Select(group => EvaluationIdentity.SetHash(new TaskRecords(group.Task, group.Records))));

    private int CountRight(int from, int to, CancellationToken cancel)
    {
        AskedCount += to - from;
        var options = _options.Evaluation;
        var evaluator = new TaskEvaluator(
            _model.Causal, _model.Tokenizer, options.NumBeams, options.MaxNewTokens, options.BatchSize,
            options.ExactOutputs)
        {
            EosIds = _model.EosIds,
        };
        return ValidationTasks.Group(_records.Skip(from).Take(to - from), _taskOf).Sum(
            group => evaluator.Run(group.Task, group.Records, cancel: cancel).Records.Count(judged => judged.IsRight));
    }

    private void Require()
    {
        if (IsLoss && _examples.All(example => !example.HasLabels))
        {
            throw new ArgumentException("no validation record has a label left; allow longer records")
                .About(Setting.InputLength);
        }

        if (!IsLoss)
        {
            ValidationLabels.Require(_records, _taskOf);
        }
    }
}
