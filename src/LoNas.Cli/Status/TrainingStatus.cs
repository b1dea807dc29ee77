using System.Text.Json;
using System.Text.Json.Nodes;
using LoNas.Cli.Output;
using LoNas.Cli.Train;
using LoNas.Storage;
using LoNas.Training.Checkpoints;

namespace LoNas.Cli.Status;

/// <summary>How far a training is, by the files in its folder.</summary>
/// <param name="Stage">How far the command came.</param>
/// <param name="Step">Optimiser steps of the newest checkpoint; 0 for none.</param>
/// <param name="Steps">Those of the whole training, as the checkpoint says; null where it does not.</param>
internal sealed record TrainingStatus(RunStage Stage, int Step, int? Steps)
{
    /// <summary>That of a folder; null where no training was begun there.</summary>
    /// <exception cref="InvalidDataException">Its marker is damaged.</exception>
    public static TrainingStatus? Of(string folder)
    {
        if (!File.Exists(Path.Combine(folder, RunMarker.FileName)))
        {
            return null;
        }

        var stage = RunMarker.Load(folder).Stage;
        var newest = TrainingCheckpoint.All(folder).LastOrDefault();
        return newest is null
            ? new TrainingStatus(stage, 0, null)
            : new TrainingStatus(stage, TrainingCheckpoint.NewestStep(folder), StepsOf(newest));
    }

    public JsonObject ToJson() => new()
    {
        ["stage"] = Stage.ToString(),
        ["newest_checkpoint_step"] = Step,
        ["max_steps"] = Steps,
    };

    public void Show(ConsoleReporter console) => console.Line("training: " + Stage switch
    {
        RunStage.Finished => "finished, with all that its command asked for",
        RunStage.Trained => "the adapter is trained; its test or search is not done",
        _ when Step == 0 => "begun; there is no checkpoint yet",
        _ => $"the newest checkpoint is of step {Step}" + (Steps is { } all ? $" of {all}" : ""),
    });

    private static int? StepsOf(string checkpoint)
    {
        try
        {
            var state = JsonInput.Load(Path.Combine(checkpoint, "trainer_state.json"), "training state");
            return state.TryGetProperty("max_steps", out var steps) && steps.TryGetInt32(out int count) ? count : null;
        }
        catch (Exception error) when (error is InvalidDataException or IOException or JsonException
            or InvalidOperationException)
        {
            return null; // it may be removed just now
        }
    }
}
