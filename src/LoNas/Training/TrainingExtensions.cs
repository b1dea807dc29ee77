using LoNas.Data;
using LoNas.Training;

namespace LoNas;

/// <summary>Training from the front door.</summary>
public static class TrainingExtensions
{
    /// <summary>Trains the model's adapter on records.</summary>
    /// <param name="model">The model, opened with a new or trained adapter.</param>
    /// <param name="records">
    /// What is trained on, validation records among it where <paramref name="data"/> sets some aside.
    /// </param>
    /// <param name="options">How; with a configuration its stages give learning rates and sub-adapters.</param>
    /// <param name="data">How records become examples; null is LLM-Adapters' way.</param>
    /// <param name="folder">
    /// Takes checkpoints, the adapter, state and metrics; null keeps the adapter in memory alone. Files of the same
    /// names are replaced.
    /// </param>
    /// <param name="report">Called with progress, on this thread.</param>
    /// <param name="cancel">
    /// Stops after the micro-step under way, with a checkpoint where there is a folder; TrainingRun goes on from it.
    /// </param>
    /// <returns>The state at the end, with its log history.</returns>
    /// <exception cref="ArgumentException">There is no adapter, or no record to train on.</exception>
    /// <exception cref="TrainingDivergedException">Too many steps in a row were not finite.</exception>
    public static TrainerState Train(
        this ElasticModel model,
        IReadOnlyList<InstructionRecord> records,
        TrainingOptions options,
        DataOptions? data = null,
        string? folder = null,
        Action<TrainingRecord>? report = null,
        CancellationToken cancel = default)
    {
        var examples = TrainingData.Encode(records, data ?? new DataOptions(), model.Tokenizer);
        using var run = new TrainingRun(model, examples, options, folder);
        run.Execute(report, cancel);
        return run.State;
    }
}
