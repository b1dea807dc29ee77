using System.Diagnostics;
using LoNas.Cli.Model;
using LoNas.Cli.Output;
using LoNas.Cli.Train;
using LoNas.Evaluation;

namespace LoNas.Cli.Evaluate;

/// <summary>
/// Tests sets one after another with a bar for each. Responses are journaled in the output folder, so that the same command
/// goes on after a kill; who writes the last result calls <see cref="Finish"/>.
/// </summary>
internal sealed class SetTests : IDisposable
{
    /// <summary>The journal of a test under way.</summary>
    public const string JournalFile = "test.partial.jsonl";

    private readonly ElasticModel _model;
    private readonly ConsoleReporter _console;
    private readonly TaskEvaluator _evaluator;
    private readonly TestJournal? _journal;
    private readonly string? _journalPath;

    public SetTests(
        TestSettings settings,
        ElasticModel model,
        ChosenSubAdapter? chosen,
        IReadOnlyList<TestSet> sets,
        ConsoleReporter console)
    {
        (_model, _console) = (model, console);
        _evaluator = new TaskEvaluator(
            model.Causal,
            model.Tokenizer,
            settings.NumBeams,
            settings.MaxNewTokens,
            settings.BatchSize,
            settings.ExactOutputs)
        {
            EosIds = model.EosIds,
        };
        WarnOfLongPrompts(sets);
        if (settings.OutputDir.Length > 0)
        {
            OutputFolder.RequireNoFile(settings.OutputDir);
            _journalPath = Path.Combine(settings.OutputDir, JournalFile);
            if (settings.StartAgain)
            {
                File.Delete(_journalPath);
            }

            _journal = TestJournal.Open(_journalPath, TestIdentity.Of(settings, model, chosen, sets));
            console.Log.Begin(settings.OutputDir);
            if (_journal.Count > 0)
            {
                console.Line($"going on with the test under way: {_journal.Count} of {sets.Sum(set => set.Records.Count)} "
                    + "records were asked before");
            }
        }
    }

    /// <summary>Asks and judges a set.</summary>
    public TestedSet Run(TestSet set, CancellationToken cancel)
    {
        int known = _journal?.CountOf(set.Task) ?? 0;
        long start = Stopwatch.GetTimestamp();
        long asked = 0;
        using var bar = _console.StartBar($"testing {set.Task.Name}", set.Records.Count, known);
        var running = new RunningAccuracy(bar);
        var test = new JournaledTest((task, records, report) => _evaluator.Run(task, records, report, cancel), _journal);
        void Show(JudgedRecord judged, bool wasKnown)
        {
            running.Add(judged, wasKnown);
            asked += wasKnown ? 0 : judged.NewTokens;
        }

        var result = Interruption.Explain(
            () => test.Run(set.Task, set.Records, Show),
            () => _journalPath is null
                ? "without --output_dir no response is kept; the same command starts again"
                : Kept.Journal("responses", _journalPath));
        return new TestedSet(result, Stopwatch.GetElapsedTime(start), asked);
    }

    /// <summary>Removes the journal: all results are written.</summary>
    public void Finish() => _journal?.Finish();

    public void Dispose() => _journal?.Dispose();

    private void WarnOfLongPrompts(IReadOnlyList<TestSet> sets)
    {
        int longest = sets.Max(set => set.Records.Max(record => _evaluator.TokensNeeded(set.Task, record)));
        if (longest > _model.Folder.Config.MaxPositions)
        {
            _console.Warn(
                $"the longest prompt and its response take {longest} tokens and the model was trained for "
                + $"{_model.Folder.Config.MaxPositions} positions: positions go on past that");
        }
    }
}
