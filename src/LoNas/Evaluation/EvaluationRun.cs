using System.Diagnostics;
using LoNas.Distributed;
using LoNas.Opening;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Logging.Abstractions;

namespace LoNas.Evaluation;

/// <summary>How far a task is: one more record was judged.</summary>
/// <param name="Task">The task.</param>
/// <param name="Done">Records judged so far.</param>
/// <param name="Right">Those of them that were answered right.</param>
/// <param name="WasKnown">Whether this one was answered before the run began, as the journal tells.</param>
public sealed record EvaluationProgress(EvaluationTask Task, int Done, int Right, bool WasKnown);

/// <summary>
/// Asks an opened model the records of tasks, one task after another. In a folder responses are journaled as they come,
/// so that a run that was killed goes on where it stopped; who has written the last result calls <see cref="Finish"/>.
/// </summary>
public sealed class EvaluationRun : IDisposable
{
    /// <summary>The journal of a run under way.</summary>
    public const string JournalFile = "test.partial.jsonl";

    private readonly ElasticModel _model;
    private readonly TaskEvaluator _evaluator;
    private readonly ResponseJournal? _journal;
    private readonly ICollectives _ranks;

    /// <summary>Prepares a run over tasks, and opens the journal of one that was interrupted.</summary>
    /// <param name="model">The model; its sub-adapter in force is the one that is asked.</param>
    /// <param name="chosen">What that sub-adapter is called; null where nothing is cut.</param>
    /// <param name="tasks">All tasks of the run.</param>
    /// <param name="options">How they are asked.</param>
    /// <param name="folder">Takes the journal; null for none.</param>
    /// <param name="startAgain">Whether an interrupted run in the folder is forgotten.</param>
    /// <param name="logger">Is told what the user should know.</param>
    /// <param name="ranks">
    /// The processes that ask together, each a part of the records; rank 0 alone writes. Null for this one alone.
    /// </param>
    /// <exception cref="InvalidDataException">The folder's journal is of another run, or damaged.</exception>
    public EvaluationRun(
        ElasticModel model, ChosenSubAdapter? chosen, IReadOnlyList<TaskRecords> tasks, EvaluationOptions options,
        string? folder = null, bool startAgain = false, ILogger? logger = null, ICollectives? ranks = null)
    {
        if (tasks.Count == 0 || tasks.Any(task => task.Records.Count == 0))
        {
            throw new ArgumentException("There is no record to ask; give every task at least one", nameof(tasks));
        }

        if (tasks.SelectMany(task => task.Records.SelectMany(task.Task.Problems)).FirstOrDefault().Text is { } problem)
        {
            throw new ArgumentException($"There is a record that can't be asked: {problem}", nameof(tasks));
        }

        _model = model;
        _ranks = ranks ?? SingleProcess.Instance;
        _evaluator = new TaskEvaluator(
            model.Causal, model.Tokenizer, options.NumBeams, options.MaxNewTokens, options.BatchSize,
            options.ExactOutputs)
        {
            EosIds = model.EosIds,
        };
        WarnOfLongPrompts(tasks, logger ?? NullLogger.Instance);
        if (folder is not null)
        {
            JournalPath = Path.Combine(folder, JournalFile);
            _journal = ResponseJournal.Shared(_ranks, () =>
            {
                if (startAgain)
                {
                    File.Delete(JournalPath);
                }

                return ResponseJournal.Open(JournalPath, EvaluationIdentity.Of(options, model, chosen, tasks));
            });
        }
    }

    /// <summary>The journal's file; null without a folder.</summary>
    public string? JournalPath { get; }

    /// <summary>Records that were asked before, as the journal tells.</summary>
    public int KnownCount => _journal?.Count ?? 0;

    /// <summary>Those of one task.</summary>
    public int KnownCountOf(EvaluationTask task) => _journal?.CountOf(task) ?? 0;

    /// <summary>Asks and judges the records of a task.</summary>
    /// <param name="task">One of the run's tasks.</param>
    /// <param name="report">Called for each record as it is judged, known ones first.</param>
    /// <param name="cancel">Stops between two tokens; the journal keeps the responses that are there.</param>
    public TaskScore Run(
        TaskRecords task, Action<EvaluationProgress>? report = null, CancellationToken cancel = default)
    {
        long start = Stopwatch.GetTimestamp();
        var (done, right, asked) = (0, 0, 0L);
        void Count(JudgedRecord judged, bool wasKnown)
        {
            done++;
            right += judged.IsRight ? 1 : 0;
            asked += wasKnown ? 0 : judged.NewTokens;
            report?.Invoke(new EvaluationProgress(task.Task, done, right, wasKnown));
        }

        var result = ResponseJournal.Run(
            _journal,
            task.Task,
            task.Records,
            (which, records, tell) => new RankedQuestions(_ranks, _evaluator).Ask(which, records, tell, cancel),
            Count);
        return new TaskScore(result, Stopwatch.GetElapsedTime(start), asked);
    }

    /// <summary>Removes the journal: all results are written.</summary>
    public void Finish() => _journal?.Finish();

    /// <inheritdoc/>
    public void Dispose() => _journal?.Dispose();

    private void WarnOfLongPrompts(IReadOnlyList<TaskRecords> tasks, ILogger logger)
    {
        int longest = tasks.Max(task => task.Records.Max(record => _evaluator.TokensNeeded(task.Task, record)));
        if (longest > _model.Folder.Config.MaxPositions)
        {
            logger.Warn(
                $"the longest prompt and its response take {longest} tokens and the model was trained for "
                + $"{_model.Folder.Config.MaxPositions} positions: positions go on past that");
        }
    }
}
