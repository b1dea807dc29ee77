using LoNas.Data;
using LoNas.Generation;
using LoNas.Models;
using LoNas.Text;

namespace LoNas.Evaluation;

/// <summary>Asks a model the records of a test set, one prompt at a time, and judges its responses.</summary>
public sealed class TaskEvaluator
{
    private readonly ICausalModel _model;
    private readonly TextTokenizer _tokenizer;
    private readonly int _beamCount;
    private readonly int? _maxNewTokens;

    /// <summary>An evaluator of one model, in whatever state its adapter is.</summary>
    /// <param name="model">The model, in evaluation mode.</param>
    /// <param name="tokenizer">Its tokenizer.</param>
    /// <param name="beamCount">Beams; the reference uses 4.</param>
    /// <param name="maxNewTokens">Most tokens of a response; null takes each task's own.</param>
    public TaskEvaluator(ICausalModel model, TextTokenizer tokenizer, int beamCount, int? maxNewTokens = null) =>
        (_model, _tokenizer, _beamCount, _maxNewTokens) = (model, tokenizer, beamCount, maxNewTokens);

    /// <summary>Asks and judges every record.</summary>
    /// <param name="task">The set's template and rule.</param>
    /// <param name="records">Its records.</param>
    /// <param name="onJudged">Called once for each record with its index; the order is not that of the set.</param>
    /// <param name="cancel">Stops between two tokens.</param>
    public TaskResult Run(
        EvaluationTask task,
        IReadOnlyList<InstructionRecord> records,
        Action<int, JudgedRecord>? onJudged = null,
        CancellationToken cancel = default)
    {
        var judged = new List<JudgedRecord>(records.Count);
        foreach (var record in records)
        {
            judged.Add(Judge(task, record, cancel));
            onJudged?.Invoke(judged.Count - 1, judged[^1]);
        }

        return new TaskResult(task, judged);
    }

    /// <summary>Tokens of a record's prompt and of the longest response to it.</summary>
    public int TokensNeeded(EvaluationTask task, InstructionRecord record) =>
        Prompt(task, record).Length + (_maxNewTokens ?? task.MaxNewTokens);

    private int[] Prompt(EvaluationTask task, InstructionRecord record) =>
        _tokenizer.Encode(task.Prompt(record));

    private JudgedRecord Judge(EvaluationTask task, InstructionRecord record, CancellationToken cancel)
    {
        var options = new GenerationOptions
        {
            MaxNewTokens = _maxNewTokens ?? task.MaxNewTokens,
            BeamCount = _beamCount,
            EosId = _tokenizer.EosId,
        };
        var prompt = Prompt(task, record);
        var sequence = TextGenerator.Generate(_model, prompt, options, cancel: cancel)[0];
        var response = task.Response(_tokenizer, sequence.Ids, prompt.Length);
        return task.Judge(record, response, sequence.Ids.Length - prompt.Length);
    }
}
