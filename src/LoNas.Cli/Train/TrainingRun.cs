using System.Diagnostics;
using System.Text.Json.Nodes;
using LoNas.Cli.Output;
using LoNas.Formats.Peft;
using LoNas.Reporting;
using LoNas.Storage;
using LoNas.Training;
using LoNas.Training.Checkpoints;

namespace LoNas.Cli.Train;

/// <summary>Trains the adapter of a model and saves it as a PEFT folder.</summary>
internal sealed class TrainingRun(
    RunMathOptions options, ElasticModel model, TrainingData data, OutputFolder output, ConsoleReporter console)
{
    /// <summary>Trains, from the newest checkpoint where there is one.</summary>
    public void Execute(CancellationToken cancel)
    {
        var settings = TrainingSettings.Of(options);
        using var trainer = new Trainer(
            model.Causal, model.Adapter, TrainingSettings.ScheduleOf(options, model, data), data.Training, data.Validation,
            settings)
        {
            RecordNumbers = data.RecordNumbers,
        };
        var resumed = Resume(trainer);
        output.Begin(keep: resumed);
        console.Log.Begin(output.Path);
        long start = Stopwatch.GetTimestamp();
        using (var board = options.Validation.ReportTo == ReportTarget.None
            ? null : new TensorBoardLog(Path.Combine(output.Path, "runs"), goesOn: resumed is not null))
        using (var bar = console.StartBar("training", trainer.State.MaxSteps, trainer.State.GlobalStep))
        {
            var progress = new TrainingProgress(console, bar, board);
            trainer.Run(progress.Show, SaveCheckpoint, cancel);
            if (options.Validation.DoEval)
            {
                trainer.Evaluate(progress.Show, SaveCheckpoint, cancel);
            }
        }

        SaveAdapter(output.Path);
        JsonOutput.Save(Path.Combine(output.Path, TrainingCheckpoint.StateFile), trainer.State);
        if (TrainingPlot.Save(Path.Combine(output.Path, RunFiles.TrainingCurve), trainer.State))
        {
            console.Line($"training curve: {Path.Combine(output.Path, RunFiles.TrainingCurve)}");
        }

        SaveMetrics(trainer.State, Stopwatch.GetElapsedTime(start).TotalSeconds);
        output.Advance(RunStage.Trained);
    }

    /// <summary>The checkpoint that the run goes on from; null when it starts.</summary>
    private string? Resume(Trainer trainer)
    {
        var folder = CheckpointToResume();
        if (folder is not null)
        {
            TrainingCheckpoint.Restore(folder, trainer, model.Adapter);
            console.Line($"going on from {folder}, step {trainer.State.GlobalStep} of {trainer.State.MaxSteps}");
        }

        return folder;
    }

    /// <summary>
    /// The folder that was named; else the newest of the run that goes on, unless False was said; True asks for the newest
    /// of whatever run the output folder holds.
    /// </summary>
    private string? CheckpointToResume()
    {
        var asked = options.Checkpoints.ResumeFromCheckpoint;
        if (asked is not null && !bool.TryParse(asked, out _))
        {
            return asked;
        }

        bool wanted = asked is null ? output.Stage == RunStage.Training : bool.Parse(asked);
        return wanted ? NewestCheckpoint() : null;
    }

    private string? NewestCheckpoint()
    {
        var choice = TrainingCheckpoint.Newest(output.Path);
        foreach (var (folder, problem) in choice.Damaged)
        {
            console.Warn($"the checkpoint '{folder}' is damaged and is passed over: {problem}");
        }

        if (choice.Folder is null && choice.Damaged.Count > 0)
        {
            console.Warn("no checkpoint is whole: training starts again");
        }

        return choice.Folder;
    }

    private string SaveCheckpoint(Trainer trainer) =>
        TrainingCheckpoint.Save(output.Path, trainer, SaveAdapter, options.Checkpoints.SaveTotalLimit);

    private void SaveAdapter(string folder)
    {
        using var maximal = model.Adapter.Use(null);
        PeftFolder.Save(folder, model.Adapter, options.Model.ModelNameOrPath, options.Checkpoints.SaveSafetensors);
        AdapterManifest.Save(folder, model.Adapter, model.Configuration);
    }

    private void SaveMetrics(TrainerState state, double seconds)
    {
        var metrics = new JsonObject
        {
            ["epoch"] = Math.Round(state.Epoch, 2),
            ["train_loss"] = state.TotalLoss / Math.Max(1, state.GlobalStep),
            ["train_runtime"] = Math.Round(seconds, 4),
            ["train_samples"] = data.Training.Count,
            ["train_samples_per_second"] = Math.Round(data.Training.Count * state.Epoch / seconds, 3),
            ["train_steps_per_second"] = Math.Round(state.GlobalStep / seconds, 3),
        };
        if (state.SkippedSteps > 0)
        {
            metrics["skipped_steps"] = state.SkippedSteps;
        }

        RunFiles.SaveMetrics(output.Path, RunFiles.TrainResults, metrics);
    }
}
