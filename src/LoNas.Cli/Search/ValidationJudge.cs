using LoNas.Cli.Train;
using LoNas.Data;
using LoNas.Evaluation;
using LoNas.Runtime;
using LoNas.Search;
using LoNas.Training;

namespace LoNas.Cli.Search;

/// <summary>Judges the active sub-adapter by the validation records.</summary>
internal sealed class ValidationJudge
{
    private readonly RunMathOptions _options;
    private readonly ElasticModel _model;
    private readonly IReadOnlyList<InstructionRecord> _records;
    private readonly Func<InstructionRecord, EvaluationTask> _taskOf;
    private readonly IReadOnlyList<TrainingExample> _examples;

    /// <param name="options">How records are asked.</param>
    /// <param name="model">The model.</param>
    /// <param name="records">The validation records.</param>
    /// <param name="taskOf">The task, and so the template and rule, of a record.</param>
    /// <param name="trainingPrompt">What stands before a record's output in training, and so for the loss; null: the usual.</param>
    /// <exception cref="ArgumentException">A record can't be judged.</exception>
    public ValidationJudge(
        RunMathOptions options, ElasticModel model, IReadOnlyList<InstructionRecord> records,
        Func<InstructionRecord, EvaluationTask> taskOf, Func<InstructionRecord, string>? trainingPrompt)
    {
        (_options, _model, _taskOf) = (options, model, taskOf);
        // Files are often sorted by task: the first rungs of a race must be a fair sample.
        _records = [.. new SeededRandom(TrainingData.SplitSeed).Permutation(records.Count).Select(i => records[i])];
        _examples = IsLoss
            ? new InstructionEncoder(model.Tokenizer, options.Data.CutoffLen, options.Data.TrainOnInputs, trainingPrompt)
                .Encode(records).Examples
            : [];
        Require();
    }

    private bool IsLoss => _options.Search.SearchMetric == SearchMetric.Loss;

    /// <summary>Validation records that were asked, over all evaluations.</summary>
    public long AskedCount { get; private set; }

    /// <summary>The loss, or minus the share of right answers.</summary>
    /// <param name="cost">The sub-adapter's first objective.</param>
    /// <param name="rivals">What it races against; without --racing, or where empty, every record is asked.</param>
    /// <param name="cancel">Stops between two tokens.</param>
    public double Objective(double cost, IReadOnlyList<double[]> rivals, CancellationToken cancel)
    {
        if (IsLoss)
        {
            return ValidationLoss.Of(_model.Causal, _examples, _options.Training.PerDeviceTrainBatchSize);
        }

        return -(_options.Search.Racing && rivals.Count > 0
            ? Race.Run(_records.Count, cost, rivals, (from, to) => CountRight(from, to, cancel))
            : (double)CountRight(0, _records.Count, cancel) / _records.Count);
    }

    private int CountRight(int from, int to, CancellationToken cancel)
    {
        AskedCount += to - from;
        var evaluator = new TaskEvaluator(
            _model.Causal, _model.Tokenizer, _options.Testing.NumBeams, _options.Testing.MaxNewTokens, _options.Testing.PerDeviceEvalBatchSize,
            _options.Testing.ExactOutputs)
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
            throw new ArgumentException("no validation record has a label left; raise --cutoff_len");
        }

        if (!IsLoss && _records.FirstOrDefault(record => record.Answer.Length == 0) is { } unanswered)
        {
            throw new ArgumentException(
                $"the validation record '{unanswered.Instruction}' of '{_options.Data.DatasetPath}' has no 'answer', which "
                + "--search_metric accuracy compares with; add one, or take --search_metric loss");
        }

        if (!IsLoss)
        {
            _ = ValidationTasks.Group(_records, _taskOf);
        }
    }
}
