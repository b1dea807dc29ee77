using System.Text;
using LoNas.Elastic;
using LoNas.Errors;
using LoNas.Formats.Peft;
using LoNas.Storage;

namespace LoNas.Training.Checkpoints;

/// <summary>
/// The folders <c>checkpoint-STEP</c> of a run: the adapter, the optimiser, the run's state, Hugging Face's file of it,
/// and a manifest of these files. A checkpoint is written under another name and renamed when all of it is on disk; its
/// files are checked before they are used.
/// </summary>
public static class TrainingCheckpoint
{
    /// <summary>The file with what Hugging Face's tools read of a run's state.</summary>
    public const string StateFile = TrainerStateFile.Name;

    internal const string OptimizerName = "optimizer.bin";

    private static readonly string[] Required = [StateFile, OptimizerName];

    /// <summary>Writes a checkpoint and removes the oldest ones beyond <paramref name="limit"/>.</summary>
    /// <param name="outputFolder">The run's folder.</param>
    /// <param name="trainer">The run.</param>
    /// <param name="saveAdapter">Writes the adapter into a folder.</param>
    /// <param name="limit">Most checkpoints kept; null keeps all.</param>
    /// <returns>The checkpoint's folder.</returns>
    public static string Save(string outputFolder, Trainer trainer, Action<string> saveAdapter, int? limit)
    {
        int step = trainer.State.GlobalStep;
        var folder = CheckpointFolder.Place(outputFolder, step, temporary =>
        {
            saveAdapter(temporary);
            AtomicFile.Write(Path.Combine(temporary, OptimizerName), stream =>
            {
                using var writer = new BinaryWriter(stream, Encoding.UTF8, leaveOpen: true);
                trainer.SaveOptimizer(writer);
            });
            TrainerStateFile.Save(temporary, trainer.State, trainer.TotalFlos);
            RunStateFile.Save(temporary, trainer.State);
            CheckpointManifest.Write(temporary);
        });
        CheckpointFolder.RemoveOldest(outputFolder, step, limit);
        return folder;
    }

    /// <summary>The checkpoints of a run, oldest first, damaged ones included.</summary>
    public static IReadOnlyList<string> All(string outputFolder) => CheckpointFolder.All(outputFolder);

    /// <summary>Whether a folder checkpoint-STEP is one of this program, damaged or not, or empty.</summary>
    public static bool IsOwn(string folder) => ForeignCheckpoint.IsNone(folder);

    /// <summary>The checkpoints of other programs in a folder, up to a step; they are never replaced.</summary>
    public static IEnumerable<string> Foreign(string outputFolder, int step) =>
        CheckpointFolder.Until(outputFolder, step).Where(folder => !IsOwn(folder));

    /// <summary>The step of the newest checkpoint, damaged ones included; 0 where there is none.</summary>
    public static int NewestStep(string outputFolder) => CheckpointFolder.NewestStep(outputFolder);

    /// <summary>Finds the newest checkpoint that is complete. Its files are read once, to check them.</summary>
    public static CheckpointChoice Newest(string outputFolder)
    {
        CheckpointFolder.Recover(outputFolder);
        var damaged = new List<(string Folder, string Problem)>();
        foreach (var folder in All(outputFolder).Reverse())
        {
            if (CheckpointManifest.Problem(folder, Required) is not { } problem)
            {
                return new CheckpointChoice(folder, damaged);
            }

            damaged.Add((folder, problem));
        }

        return new CheckpointChoice(null, damaged);
    }

    /// <summary>
    /// The whole checkpoints of a folder that a run does not stand on, oldest first: those after the one it goes on
    /// from, and all where that one is not in the folder. Damaged ones and other programs' are never gone on from.
    /// </summary>
    /// <param name="outputFolder">The run's folder.</param>
    /// <param name="resumed">The checkpoint that the run goes on from; null where it starts.</param>
    internal static IReadOnlyList<string> Others(string outputFolder, string? resumed)
    {
        CheckpointFolder.Recover(outputFolder);
        var all = All(outputFolder);
        // By content: the same folder has many paths, and a copied folder has the same line.
        int own = resumed is null ? 0
            : 1 + all.ToList().FindLastIndex(folder => CheckpointManifest.AreSame(folder, resumed));
        return [.. all.Skip(own).Where(folder => CheckpointManifest.Problem(folder, Required) is null)];
    }

    /// <summary>Removes checkpoints, the last one first, so that those left are still of one run.</summary>
    internal static void Remove(IReadOnlyList<string> folders)
    {
        foreach (var folder in folders.Reverse())
        {
            CheckpointFolder.RemoveWhole(folder);
        }
    }

    /// <summary>Checks that a folder can be a checkpoint of this program, by the names of its files.</summary>
    /// <exception cref="InvalidDataException">It is missing or something else, which the message names.</exception>
    public static void RequireOwn(string folder)
    {
        InputPath.RequireFolder(folder, "checkpoint");
        ForeignCheckpoint.Refuse(folder);
    }

    /// <summary>
    /// Makes a new trainer continue from a checkpoint, also where its plan is longer than the former's, or shorter.
    /// </summary>
    /// <returns>The optimiser steps that the former run was to have in all.</returns>
    /// <exception cref="InvalidDataException">
    /// The checkpoint is incomplete, damaged, of another run, or already past the end of this one.
    /// </exception>
    public static int Restore(string folder, Trainer trainer, SuperAdapter adapter)
    {
        RequireOwn(folder);
        if (CheckpointManifest.Problem(folder, Required) is { } problem)
        {
            throw Damaged(folder, problem);
        }

        try
        {
            var state = ReadState(folder, trainer);
            PeftFolder.LoadWeights(folder, adapter);
            using var stream = InputPath.Read(Path.Combine(folder, OptimizerName), "optimiser state", File.OpenRead);
            using var reader = new BinaryReader(stream);
            trainer.Restore(folder, state, reader);
            return state.MaxSteps;
        }
        catch (Exception error) when (error is not InvalidDataException and not UnauthorizedAccessException)
        {
            throw Damaged(folder, error is IOException and not EndOfStreamException
                ? error.Message
                : "one of its files does not hold what a checkpoint has there", error);
        }
    }

    private static TrainerState ReadState(string folder, Trainer trainer)
    {
        var state = RunStateFile.Read(folder);
        if (!IsPossible(state, trainer))
        {
            throw Damaged(folder, "its state has numbers that a run of these data and options never has");
        }

        int end = trainer.State.MaxSteps;
        return state.MaxSteps == end || state.GlobalStep < end ? state
            : throw new InvalidDataException(
                $"The checkpoint '{folder}' is of step {state.GlobalStep} and this run ends at step {end}; let it go "
                + "on for longer, or go on from an earlier one")
                .About(Setting.TrainingLength);
    }

    /// <summary>Checked now, since an impossible state would fail hours later, or never let the run end.</summary>
    private static bool IsPossible(TrainerState state, Trainer trainer) =>
        state is { LogHistory: not null, WindowRecords: not null }
        && state is { EpochsFinished: >= 0, MicroStepsDone: >= 0, WindowSteps: >= 0 }
        && state.GlobalStep >= 0 && state.GlobalStep <= state.MaxSteps
        && state.MicroStep >= 0 && state.MicroStep <= trainer.Plan.MicroStepsPerEpoch
        && IsInPlace(state, trainer.Plan, trainer.AccumulationSteps)
        && state.LogHistory.TrueForAll(record => record is not null)
        && state.WindowRecords.TrueForAll(index => index >= 0 && index < trainer.Examples.Count);

    /// <summary>
    /// Whether micro-steps, epochs and optimiser steps add up as they do with this plan's batches and windows. Earlier
    /// versions counted an epoch as finished where the plan had ended within it.
    /// </summary>
    private static bool IsInPlace(TrainerState state, TrainingPlan plan, int accumulation)
    {
        long place = ((long)state.EpochsFinished * plan.MicroStepsPerEpoch) + state.MicroStep;
        bool endedEarly = state.MicroStep == 0 && state.MicroStepsDone < place
            && state.MicroStepsDone > place - plan.MicroStepsPerEpoch;
        return (state.MicroStepsDone == place || endedEarly)
            && (plan.MicroStepsPerEpoch <= accumulation || state.GlobalStep == state.MicroStepsDone / accumulation);
    }

    /// <summary>The error about a checkpoint that can't be gone on from.</summary>
    internal static InvalidDataException Damaged(string folder, string problem, Exception? inner = null) => new(
        $"The checkpoint '{folder}' is damaged: {problem}; go on from another one", inner);
}

/// <summary>Which checkpoint a run resumes from.</summary>
/// <param name="Folder">The newest that is complete; null if there is none.</param>
/// <param name="Damaged">Newer ones that are damaged, newest first: the folder and what is wrong with it.</param>
public sealed record CheckpointChoice(string? Folder, IReadOnlyList<(string Folder, string Problem)> Damaged);
