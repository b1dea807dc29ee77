using System.Diagnostics;
using LoNas.Runtime;

namespace LoNas.Training;

/// <summary>Turns a run's state into records and keeps the log history.</summary>
/// <param name="state">The run.</param>
/// <param name="recordNumbers">The number of each example in messages; null counts from 1.</param>
/// <param name="ranks">How fast the ranks are.</param>
/// <param name="report">Called with every record.</param>
internal sealed class StepReporter(
    TrainerState state, IReadOnlyList<int>? recordNumbers, RankSpeeds ranks, Action<TrainingRecord> report)
{
    private readonly SpeedMeter _speed = new(state.TokensSeen);

    /// <summary>The records of the current window, by their numbers in messages.</summary>
    public IReadOnlyList<int> WindowRecordNumbers =>
        [.. state.WindowRecords.Select(index => recordNumbers?[index] ?? index + 1)];

    public void Step() => report(New(TrainingEvent.Step));

    public void Log(double learningRate)
    {
        double loss = state.LossSinceLog / (state.GlobalStep - state.LastLoggedStep);
        state.LossSinceLog = 0;
        state.LastLoggedStep = state.GlobalStep;
        state.LogHistory.Add(new Dictionary<string, double>
        {
            ["epoch"] = state.Epoch,
            ["learning_rate"] = learningRate,
            ["loss"] = loss,
            ["step"] = state.GlobalStep,
        });
        report(New(TrainingEvent.Log) with
        {
            Loss = loss,
            LearningRate = learningRate,
            TokensPerSecond = _speed.Read(state.TokensSeen),
            Ranks = ranks.Read(),
            ResidentBytes = ProcessMemory.ResidentBytes,
        });
    }

    public void Evaluation(ValidationFigures maximal, ValidationFigures? minimal)
    {
        var entry = new Dictionary<string, double> { ["epoch"] = state.Epoch };
        foreach (var (name, value) in maximal)
        {
            entry[minimal is null ? LogKeys.Of(name) : LogKeys.OfMaximal(name)] = value;
        }

        foreach (var (name, value) in minimal ?? Enumerable.Empty<KeyValuePair<string, double>>())
        {
            entry[LogKeys.OfMinimal(name)] = value;
        }

        entry["step"] = state.GlobalStep;
        state.LogHistory.Add(new(entry.OrderBy(each => each.Key, StringComparer.Ordinal)));
        report(New(TrainingEvent.Evaluation) with
        {
            MaximalLoss = maximal[ValidationFigures.Loss],
            MinimalLoss = minimal?[ValidationFigures.Loss],
            Maximal = maximal,
            Minimal = minimal,
        });
    }

    public void Skipped() => report(New(TrainingEvent.SkippedStep) with
    {
        Records = WindowRecordNumbers,
        NotFinite = state.WindowLossNotFinite ? "loss" : "gradients",
        SkippedInARow = state.SkippedInARow,
        SkippedSteps = state.SkippedSteps,
        LossScale = state.LossScale,
    });

    public void Checkpoint(string folder) => report(New(TrainingEvent.Checkpoint) with { Checkpoint = folder });

    private TrainingRecord New(TrainingEvent kind) => new()
    {
        Event = kind,
        Step = state.GlobalStep,
        MaxSteps = state.MaxSteps,
        Epoch = state.Epoch,
    };

    /// <summary>Tokens per second since the last reading.</summary>
    private sealed class SpeedMeter(long tokens)
    {
        private long _tokens = tokens;
        private long _start = Stopwatch.GetTimestamp();

        public double Read(long tokensSeen)
        {
            double seconds = Stopwatch.GetElapsedTime(_start).TotalSeconds;
            double speed = seconds > 0 ? (tokensSeen - _tokens) / seconds : 0;
            (_tokens, _start) = (tokensSeen, Stopwatch.GetTimestamp());
            return speed;
        }
    }
}
