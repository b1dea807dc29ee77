using System.Globalization;
using LoNas.Cli.Model;
using LoNas.Cli.Output;
using LoNas.Distributed;
using LoNas.Evaluation;

namespace LoNas.Cli.Evaluate;

/// <summary>An evaluation with a bar for each task, which says what is kept where it is interrupted.</summary>
internal sealed class ShownEvaluation : IDisposable
{
    private readonly EvaluationRun _run;
    private readonly ConsoleReporter _console;

    public ShownEvaluation(
        ElasticModel model, ChosenSubAdapter? chosen, IReadOnlyList<TaskRecords> tasks, EvaluationOptions options,
        string outputDir, bool startAgain, ConsoleReporter console, ICollectives? ranks = null)
    {
        _console = console;
        var folder = outputDir.Length > 0 ? outputDir : null;
        _run = new EvaluationRun(model, chosen, tasks, options, folder, startAgain, new ConsoleLogger(console), ranks);
        if (folder is not null)
        {
            console.Log.Begin(folder);
        }

        if (_run.KnownCount > 0)
        {
            console.Line(
                $"going on with the test under way: {_run.KnownCount} of {tasks.Sum(task => task.Records.Count)} "
                + "records were asked before");
        }
    }

    /// <summary>Asks and judges the records of a task.</summary>
    public TaskScore Run(TaskRecords task, CancellationToken cancel)
    {
        using var bar = _console.StartBar(
            $"testing {task.Task.Name}", task.Records.Count, _run.KnownCountOf(task.Task));
        return Interruption.Explain(
            () => _run.Run(task, progress => Show(bar, progress), cancel),
            () => _run.JournalPath is { } path
                ? Kept.Journal("responses", path)
                : "without --output_dir no response is kept; the same command starts again");
    }

    /// <summary>Shows how far a task is; records that were known are those before the bar.</summary>
    public static void Show(ProgressLine bar, EvaluationProgress progress)
    {
        if (!progress.WasKnown)
        {
            bar.Update(progress.Done, string.Create(
                CultureInfo.InvariantCulture, $"accuracy {(double)progress.Right / progress.Done:0.0 %}"));
        }
    }

    /// <summary>Removes the journal: all results are written.</summary>
    public void Finish() => _run.Finish();

    public void Dispose() => _run.Dispose();
}
