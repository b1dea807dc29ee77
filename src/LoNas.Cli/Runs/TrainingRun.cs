using System.Diagnostics;
using System.Globalization;
using System.Text.Json.Nodes;
using LoNas.Adapters;
using LoNas.Cli.Options;
using LoNas.Cli.Output;
using LoNas.Files;
using LoNas.Reporting;
using LoNas.Training;

namespace LoNas.Cli.Runs;

/// <summary>Trains the adapter of a session and saves it as a PEFT folder.</summary>
internal sealed class TrainingRun(
    RunMathOptions options, ModelSession session, TrainingData data, OutputFolder output, ConsoleReporter console)
{
    /// <summary>Trains, from the newest checkpoint where there is one.</summary>
    public void Execute(CancellationToken cancel)
    {
        var settings = TrainingSettings.Of(options);
        using var trainer = new Trainer(
            session.Model, session.Adapter, TrainingSettings.ScheduleOf(options, session, data), data.Training, data.Validation,
            settings);
        var resumed = Resume(trainer);
        output.Begin(keep: resumed);
        console.Log.Begin(output.Path);
        long start = Stopwatch.GetTimestamp();
        using (var board = options.ReportTo == ReportTarget.None ? null : new TensorBoardLog(Path.Combine(output.Path, "runs")))
        using (var bar = console.StartBar("training", trainer.State.MaxSteps, trainer.State.GlobalStep))
        {
            trainer.Run(record => Show(record, bar, board), SaveCheckpoint, cancel);
            if (options.DoEval)
            {
                trainer.Evaluate(record => Show(record, bar, board));
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
            TrainingCheckpoint.Restore(folder, trainer, session.Adapter);
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
        var asked = options.ResumeFromCheckpoint;
        if (asked is not null && !bool.TryParse(asked, out _))
        {
            return asked;
        }

        bool wanted = asked is null ? output.Stage == RunStage.Training : bool.Parse(asked);
        return wanted ? TrainingCheckpoint.All(output.Path).LastOrDefault() : null;
    }

    private string SaveCheckpoint(Trainer trainer) =>
        TrainingCheckpoint.Save(output.Path, trainer, SaveAdapter, options.SaveTotalLimit);

    private void SaveAdapter(string folder)
    {
        using var maximal = session.Adapter.Use(null);
        PeftFolder.Save(folder, session.Adapter, options.ModelNameOrPath, options.SaveSafetensors);
        AdapterManifest.Save(folder, session.Adapter, session.Configuration);
    }

    private void Show(TrainingRecord record, ProgressLine bar, TensorBoardLog? board)
    {
        board?.Add(record);
        switch (record.Event)
        {
            case TrainingEvent.Step:
                bar.Update(record.Step);
                break;
            case TrainingEvent.Log:
                console.Event("log", string.Create(CultureInfo.InvariantCulture,
                    $"step {record.Step}/{record.MaxSteps}  epoch {record.Epoch:0.00}  loss {record.Loss:0.0000}  lr "
                    + $"{record.LearningRate:0.00e+0}  {record.TokensPerSecond:0} tokens/s  "
                    + $"{record.ResidentBytes / (double)(1 << 30):0.00} GiB"), Fields(record));
                break;
            case TrainingEvent.Evaluation:
                var minimal = record.MinimalLoss is { } loss
                    ? string.Create(CultureInfo.InvariantCulture, $", minimal {loss:0.0000}") : "";
                console.Event("evaluation", string.Create(CultureInfo.InvariantCulture,
                    $"step {record.Step}/{record.MaxSteps}  validation loss: maximal {record.MaximalLoss:0.0000}{minimal}"),
                    Fields(record));
                break;
            case TrainingEvent.Checkpoint:
                console.Event("checkpoint", $"saved {record.Checkpoint}", Fields(record));
                break;
        }
    }

    /// <summary>A record for the log, without what it does not say.</summary>
    private static JsonObject Fields(TrainingRecord record)
    {
        var fields = new JsonObject { ["step"] = record.Step, ["max_steps"] = record.MaxSteps };
        foreach (var (name, value) in new[]
        {
            ("loss", record.Loss), ("learning_rate", record.LearningRate),
            ("maximal_loss", record.MaximalLoss), ("minimal_loss", record.MinimalLoss),
        })
        {
            if (value is { } number && double.IsFinite(number))
            {
                fields[name] = number;
            }
        }

        if (record.Checkpoint is { } checkpoint)
        {
            fields["checkpoint"] = checkpoint;
        }

        return fields;
    }

    private void SaveMetrics(TrainerState state, double seconds) =>
        RunFiles.SaveMetrics(output.Path, RunFiles.TrainResults, new JsonObject
        {
            ["epoch"] = Math.Round(state.Epoch, 2),
            ["train_loss"] = state.TotalLoss / Math.Max(1, state.GlobalStep),
            ["train_runtime"] = Math.Round(seconds, 4),
            ["train_samples"] = data.Training.Count,
            ["train_samples_per_second"] = Math.Round(data.Training.Count * state.Epoch / seconds, 3),
            ["train_steps_per_second"] = Math.Round(state.GlobalStep / seconds, 3),
        });
}
