namespace LoNas.Training;

/// <summary>Decides when a session's checkpoints are written.</summary>
internal sealed class CheckpointSaver(Trainer trainer, StepReporter reporter, Func<Trainer, string>? saveCheckpoint)
{
    private bool _due;

    /// <summary>
    /// Saves at an interval's end. Among skipped steps a checkpoint waits for the next good one, so that those kept lie
    /// before whatever went wrong.
    /// </summary>
    public void SaveIfDue(bool due)
    {
        _due |= due;
        if (_due && trainer.State.SkippedInARow == 0)
        {
            Save();
            _due = false;
        }
    }

    /// <summary>Saves unless the last checkpoint holds all there is.</summary>
    public void Save()
    {
        if (saveCheckpoint is not null && !trainer.IsSaved)
        {
            trainer.MicroStep.Settle(trainer.State);
            trainer.Randomness.Remember(trainer.State);
            trainer.LastCheckpoint = saveCheckpoint(trainer);
            reporter.Checkpoint(trainer.State, trainer.LastCheckpoint);
        }
    }
}
