using LoNas.Data;
using LoNas.Evaluation;
using LoNas.Runtime;

namespace LoNas.Search;

/// <summary>Judges the active sub-adapter of a language model by its answers to instructions.</summary>
internal sealed class InstructionJudge : SubAdapterJudge
{
    private readonly SubAdapterSearchOptions _options;
    private readonly ElasticModel _model;
    private readonly IReadOnlyList<InstructionRecord> _records;
    private readonly Func<InstructionRecord, EvaluationTask> _taskOf;

    /// <param name="options">How records are asked.</param>
    /// <param name="model">The model.</param>
    /// <param name="records">The validation records.</param>
    /// <param name="taskOf">The task, and so the template and rule, of a record.</param>
    /// <exception cref="ArgumentException">A record can't be judged.</exception>
    public InstructionJudge(
        SubAdapterSearchOptions options, ElasticModel model, IReadOnlyList<InstructionRecord> records,
        Func<InstructionRecord, EvaluationTask> taskOf)
    {
        (_options, _model, _taskOf) = (options, model, taskOf);
        // Files are often sorted by task: the first rungs of a race must be a fair sample.
        _records = [.. new SeededRandom(TrainingData.SplitSeed).Permutation(records.Count).Select(i => records[i])];
        ValidationLabels.Require(_records, _taskOf);
    }

    public override int Count => _records.Count;

    /// <summary>Minus the share of right answers; stops between two tokens.</summary>
    internal override double Objective(double cost, IReadOnlyList<double[]> rivals, CancellationToken cancel) =>
        -(_options.Racing && rivals.Count > 0
            ? Race.Run(_records.Count, cost, rivals, (from, to) => CountRight(from, to, cancel))
            : (double)CountRight(0, _records.Count, cancel) / _records.Count);

    /// <summary>Stands for the records, their prompts and answers.</summary>
    internal override string Hash => string.Join(';', ValidationTasks.Group(_records, _taskOf)
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
}
