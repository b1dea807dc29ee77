using LoNas.Cli.Options;
using LoNas.Data;
using LoNas.Evaluation;
using LoNas.Training;

namespace LoNas.Cli.Runs;

/// <summary>Judges the active sub-adapter by the validation records.</summary>
internal sealed class ValidationJudge
{
    private readonly RunMathOptions _options;
    private readonly ModelSession _session;
    private readonly IReadOnlyList<InstructionRecord> _records;
    private readonly Func<InstructionRecord, EvaluationTask> _taskOf;
    private readonly IReadOnlyList<TrainingExample> _examples;

    /// <param name="options">How records are asked.</param>
    /// <param name="session">The model.</param>
    /// <param name="records">The validation records.</param>
    /// <param name="taskOf">The task, and so the template and rule, of a record.</param>
    /// <exception cref="ArgumentException">A record can't be judged.</exception>
    public ValidationJudge(
        RunMathOptions options, ModelSession session, IReadOnlyList<InstructionRecord> records,
        Func<InstructionRecord, EvaluationTask> taskOf)
    {
        (_options, _session, _records, _taskOf) = (options, session, records, taskOf);
        _examples = IsLoss
            ? new InstructionEncoder(session.Tokenizer, options.CutoffLen, options.TrainOnInputs).Encode(records).Examples
            : [];
        Require();
    }

    private bool IsLoss => _options.Search.SearchMetric == SearchMetric.Loss;

    /// <summary>The loss, or minus the share of right answers.</summary>
    public double Objective(CancellationToken cancel) => IsLoss
        ? ValidationLoss.Of(_session.Model, _examples, _options.PerDeviceTrainBatchSize)
        : -(double)CountRight(_records, cancel) / _records.Count;

    private int CountRight(IEnumerable<InstructionRecord> records, CancellationToken cancel)
    {
        var evaluator = new TaskEvaluator(
            _session.Model, _session.Tokenizer, _options.NumBeams, _options.MaxNewTokens, _options.PerDeviceEvalBatchSize);
        return ValidationTasks.Group(records, _taskOf).Sum(
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
                $"the validation record '{unanswered.Instruction}' of '{_options.DatasetPath}' has no 'answer', which "
                + "--search_metric accuracy compares with; add one, or take --search_metric loss");
        }

        if (!IsLoss)
        {
            _ = ValidationTasks.Group(_records, _taskOf);
        }
    }
}
