using LoNas.Data;
using LoNas.Generation;
using LoNas.Models;
using LoNas.Text;

namespace LoNas.Evaluation;

/// <summary>Asks a model the records of a test set, in batches, and judges its responses.</summary>
public sealed class TaskEvaluator
{
    private readonly ICausalModel _model;
    private readonly TextTokenizer _tokenizer;
    private readonly int _beamCount;
    private readonly int? _maxNewTokens;
    private readonly int? _batchSize;
    private readonly bool _exactOutputs;

    /// <summary>An evaluator of one model. The adapter's active sub-adapter is not changed.</summary>
    /// <param name="model">The model, in evaluation mode.</param>
    /// <param name="tokenizer">Its tokenizer.</param>
    /// <param name="beamCount">Beams; the reference uses 4.</param>
    /// <param name="maxNewTokens">The most tokens of a response; null takes the number of each task.</param>
    /// <param name="batchSize">
    /// The most records at a time; null chooses by the free memory. It does not change results.
    /// </param>
    /// <param name="exactOutputs">
    /// True generates every response to its end; false stops once the prediction can no longer change, which shortens
    /// responses and changes no prediction.
    /// </param>
    public TaskEvaluator(
        ICausalModel model,
        TextTokenizer tokenizer,
        int beamCount,
        int? maxNewTokens = null,
        int? batchSize = null,
        bool exactOutputs = false)
    {
        (_model, _tokenizer, _beamCount, _maxNewTokens) = (model, tokenizer, beamCount, maxNewTokens);
        (_batchSize, _exactOutputs) = (batchSize, exactOutputs);
    }

    /// <summary>The tokens that end a response; null takes the one of the tokenizer.</summary>
    public IReadOnlyList<int>? EosIds { get; init; }

    /// <summary>Asks and judges every record.</summary>
    /// <param name="task">The set's template and rule.</param>
    /// <param name="records">Its records.</param>
    /// <param name="onJudged">Called once for each record with its index, not in the order of the set.</param>
    /// <param name="cancel">Stops between two tokens.</param>
    public TaskResult Run(
        EvaluationTask task,
        IReadOnlyList<InstructionRecord> records,
        Action<int, JudgedRecord>? onJudged = null,
        CancellationToken cancel = default)
    {
        var judged = new JudgedRecord[records.Count];
        int[][] prompts = [.. records.Select(record => Prompt(task, record))];
        var options = new GenerationOptions
        {
            MaxNewTokens = _maxNewTokens ?? task.MaxNewTokens,
            BeamCount = _beamCount,
            EosIds = EosIds ?? [_tokenizer.EosId],
        };
        var batch = new BatchOptions
        {
            Size = _batchSize,
            SettledAnswer = _exactOutputs || task.Rule.Settle is null || task.Template is not null
                ? null
                : (ids, ended) => Settled(task, ids, ended),
            OnDone = (index, sequences) =>
            {
                judged[index] = Judge(task, records[index], sequences[0].Ids, prompts[index].Length);
                onJudged?.Invoke(index, judged[index]);
            },
        };
        TextGenerator.GenerateAll(_model, prompts, options, batch, cancel);
        return new TaskResult(task, judged);
    }

    /// <summary>Tokens of a record's prompt plus those of the longest response.</summary>
    public int TokensNeeded(EvaluationTask task, InstructionRecord record) =>
        Prompt(task, record).Length + (_maxNewTokens ?? task.MaxNewTokens);

    private int[] Prompt(EvaluationTask task, InstructionRecord record) =>
        _tokenizer.Encode(task.Prompt(record));

    private string Decode(int[] ids) => _tokenizer.Decode(ids, skipSpecialTokens: false);

    private string? Settled(EvaluationTask task, int[] ids, bool ended)
    {
        if (!ended)
        {
            return task.Rule.Settle!(PromptTemplate.SettledResponse(Decode(ids)));
        }

        var choice = task.Rule.Extract(PromptTemplate.Response(Decode(ids))).Choice;
        return choice.Length > 0 ? choice : null;
    }

    private JudgedRecord Judge(EvaluationTask task, InstructionRecord record, int[] ids, int promptLength) =>
        task.Judge(record, task.Response(_tokenizer, ids, promptLength), ids.Length - promptLength);
}
