using LoNas.Cli.Flags;
using LoNas.Cli.Model;
using LoNas.Cli.Output;
using LoNas.Data;
using LoNas.Reporting;
using LoNas.Training;
using LoNas.Training.Checkpoints;

namespace LoNas.Cli.Train;

/// <summary>The training of a command: where it goes on from, and what is shown of it.</summary>
internal static class TrainingCommandRun
{
    /// <summary>Trains, from the newest checkpoint where there is one, and saves the adapter.</summary>
    public static void Execute(
        RunOptions options, ElasticModel model, RunData data, TrainingData training, OutputFolder output,
        ConsoleReporter console, CancellationToken cancel)
    {
        using var run = new TrainingRun(
            model, training, TrainingSettings.Of(options), output.Path, data.Judge(model, training), data.Ranks)
        {
            Logger = new ConsoleLogger(console),
            AlsoSave = output.SaveTo,
        };
        var resumed = CheckpointToResume(options, run, output, console);
        if (resumed is not null)
        {
            run.Resume(resumed);
        }

        output.Clear([resumed, .. RunInputs.Of(options, data, console)]);
        // Before the run is noted: one that is killed in between would go on from another's checkpoint.
        run.RemoveOtherCheckpoints();
        output.Begin(options.Checkpoints.NamedCheckpoint, starts: resumed is null);
        console.Log.Begin(output.Path);
        bool isFirst = data.Ranks.Rank == 0;
        using (var board = options.Validation.ReportTo == ReportTarget.None || !isFirst
            ? null
            : new TensorBoardLog(Path.Combine(output.Path, OutputEntries.EventLogs), goesOn: resumed is not null))
        using (var bar = console.StartBar("training", run.State.MaxSteps, run.State.GlobalStep))
        {
            run.Execute(new TrainingProgress(console, bar, board).Show, cancel);
        }

        var curve = Path.Combine(output.Path, TrainingPlot.FileName);
        var source = PlotSource.Of(options.Model.ModelNameOrPath, data.Source, TimeProvider.System);
        if (isFirst && TrainingPlot.Save(curve, run.State, source, data.LossTitle))
        {
            console.Line($"training curve: {curve}");
        }

        output.Advance(RunStage.Trained);
    }

    /// <summary>
    /// The folder that was named; else the newest of the run that goes on, unless False was said; True asks for the
    /// newest of whatever run the output folder holds. Null: the run starts.
    /// </summary>
    /// <exception cref="ArgumentException">The run was to be made longer, and has no checkpoint for that.</exception>
    private static string? CheckpointToResume(
        RunOptions options, TrainingRun run, OutputFolder output, ConsoleReporter console)
    {
        var flags = options.Checkpoints;
        if (flags.NamedCheckpoint is { } named)
        {
            // The same command again goes on from what it has trained since.
            return output.WentOnFrom(named) ? run.NewestCheckpoint() ?? named : named;
        }

        bool? asked = flags.ResumeFromCheckpoint is { } text ? bool.Parse(text) : null;
        if (asked == true && TrainingCheckpoint.All(output.Path).LastOrDefault() is { } last)
        {
            // One of another program is better refused than passed over.
            TrainingCheckpoint.RequireOwn(last);
        }

        bool wanted = asked ?? output.Stage == RunStage.Training;
        var newest = wanted ? run.NewestCheckpoint() : null;
        if (newest is null && output.NeedsCheckpoint)
        {
            throw new ArgumentException(
                $"--output_dir '{output.Path}' holds a run that has ended, "
                + (wanted ? "without a checkpoint to go on from"
                    : "and --resume_from_checkpoint False goes on from none")
                + $"; train its adapter on in another folder: --lora_weights '{output.Path}' with another "
                + "--output_dir");
        }

        if (wanted && newest is null && TrainingCheckpoint.All(output.Path).Count > 0)
        {
            console.Warn("no checkpoint is whole: training starts again");
        }

        return newest;
    }
}
