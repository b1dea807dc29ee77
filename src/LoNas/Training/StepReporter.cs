using LoNas.Runtime;

namespace LoNas.Training;

/// <summary>Turns a run's state into records and keeps the log history.</summary>
internal sealed class StepReporter(Action<TrainingRecord> report, SpeedMeter speed)
{
    public void Step(TrainerState state) => report(New(TrainingEvent.Step, state));

    public void Log(TrainerState state, double learningRate)
    {
        double loss = state.LossSinceLog / (state.GlobalStep - state.LastLoggedStep);
        state.LossSinceLog = 0;
        state.LastLoggedStep = state.GlobalStep;
        state.LogHistory.Add(new Dictionary<string, double>
        {
            ["epoch"] = Math.Round(state.Epoch, 4),
            ["learning_rate"] = learningRate,
            ["loss"] = loss,
            ["step"] = state.GlobalStep,
        });
        report(New(TrainingEvent.Log, state) with
        {
            Loss = loss,
            LearningRate = learningRate,
            TokensPerSecond = speed.Read(state.TokensSeen),
            ResidentBytes = ProcessMemory.ResidentBytes,
        });
    }

    public void Evaluation(TrainerState state, double maximal, double? minimal)
    {
        var entry = new Dictionary<string, double>
        {
            ["epoch"] = Math.Round(state.Epoch, 4),
            ["eval_loss"] = maximal,
            ["step"] = state.GlobalStep,
        };
        if (minimal is { } value)
        {
            entry["eval_minimal_loss"] = value;
        }

        state.LogHistory.Add(entry);
        report(New(TrainingEvent.Evaluation, state) with { MaximalLoss = maximal, MinimalLoss = minimal });
    }

    public void Skipped(TrainerState state, IReadOnlyList<int> records) =>
        report(New(TrainingEvent.SkippedStep, state) with
        {
            Records = records,
            NotFinite = state.WindowLossNotFinite ? "loss" : "gradients",
            SkippedInARow = state.SkippedInARow,
            SkippedSteps = state.SkippedSteps,
            LossScale = state.LossScale,
        });

    public void Checkpoint(TrainerState state, string folder) =>
        report(New(TrainingEvent.Checkpoint, state) with { Checkpoint = folder });

    private static TrainingRecord New(TrainingEvent kind, TrainerState state) => new()
    {
        Event = kind,
        Step = state.GlobalStep,
        MaxSteps = state.MaxSteps,
        Epoch = state.Epoch,
    };
}
