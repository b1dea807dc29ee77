using LoNas.Distributed;
using LoNas.Training.Windows;

namespace LoNas.Training;

/// <summary>The checkpoint that was last written or resumed from, and how far the run had come then.</summary>
internal sealed class LastCheckpoint
{
    private (long MicroSteps, bool EvaluationDue)? _savedAt;

    /// <summary>Its folder; null when there is none yet.</summary>
    public string? Folder { get; private set; }

    public void Set(string folder, TrainerState state) =>
        (Folder, _savedAt) = (folder, (state.MicroStepsDone, state.EvaluationDue));

    /// <summary>Whether it still exists and the run has not moved on since.</summary>
    public bool IsUpToDate(TrainerState state) =>
        _savedAt == (state.MicroStepsDone, state.EvaluationDue) && Directory.Exists(Folder);
}

/// <summary>Decides when checkpoints are written and completes the state before each one.</summary>
/// <param name="state">What is saved.</param>
/// <param name="ranks">The processes that train together; rank 0 alone writes.</param>
/// <param name="microStep">Holds losses that the state does not contain yet.</param>
/// <param name="window">Holds gradients of the current window.</param>
/// <param name="randomness">The generators, whose states belong in a checkpoint.</param>
/// <param name="last">Learns of every checkpoint.</param>
/// <param name="reporter">Reports every checkpoint.</param>
/// <param name="save">Writes a checkpoint and returns its folder; null writes none.</param>
internal sealed class CheckpointSaver(
    TrainerState state,
    ICollectives ranks,
    MicroStep microStep,
    AccumulationWindow window,
    RunRandomness randomness,
    LastCheckpoint last,
    StepReporter reporter,
    Func<string>? save)
{
    private bool _due;

    /// <summary>The folder of the last checkpoint; null when there is none.</summary>
    public string? LastFolder => last.Folder;

    /// <summary>
    /// Saves at the end of an interval. After a skipped step it waits for the next good one, so that the checkpoints
    /// that are kept were written before training began to fail.
    /// </summary>
    /// <param name="due">Whether an interval ends here.</param>
    public void SaveIfDue(bool due)
    {
        _due |= due;
        if (_due && state.SkippedInARow == 0)
        {
            Save();
            _due = false;
        }
    }

    /// <summary>Saves unless the last checkpoint is up to date.</summary>
    public void Save()
    {
        if (save is null || !ranks.Any(ranks.Rank == 0 && !last.IsUpToDate(state)))
        {
            return;
        }

        microStep.Settle(state);
        window.Collect();
        randomness.Remember(state);
        last.Set(ranks.OfFirst(save)!, state);
        reporter.Checkpoint(last.Folder!);
    }
}
