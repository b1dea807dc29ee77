using LoNas.Training;
using TorchSharp;

namespace LoNas.Reporting;

/// <summary>Writes training records as TensorBoard event files.</summary>
public sealed class TensorBoardLog : IDisposable
{
    private readonly TorchSharp.Modules.SummaryWriter _writer;

    /// <summary>Logs into a folder of its own below <paramref name="folder"/>.</summary>
    /// <param name="folder">Created where it is missing.</param>
    /// <param name="goesOn">
    /// Whether the run is resumed; the newest folder is then continued. Steps that were logged before the interruption
    /// and are done again have the same numbers.
    /// </param>
    public TensorBoardLog(string folder, bool goesOn = false)
    {
        Directory.CreateDirectory(folder);
        var newest = goesOn
            ? new DirectoryInfo(folder).EnumerateDirectories().MaxBy(run => run.LastWriteTimeUtc)
            : null;
        _writer = torch.utils.tensorboard.SummaryWriter(newest?.FullName ?? folder, createRunName: newest is null);
    }

    /// <summary>Adds the record's numbers, under the names the reference's Trainer uses.</summary>
    public void Add(TrainingRecord record)
    {
        Add("train/loss", record.Loss, record.Step);
        Add("train/learning_rate", record.LearningRate, record.Step);
        Add("train/tokens_per_second", record.TokensPerSecond, record.Step);
        Add(record.MinimalLoss is null ? "eval/loss" : "eval/loss_super", record.MaximalLoss, record.Step);
        Add("eval/loss_minimum", record.MinimalLoss, record.Step);
    }

    /// <inheritdoc/>
    public void Dispose() => (_writer as IDisposable)?.Dispose();

    private void Add(string name, double? value, int step)
    {
        if (value is { } number)
        {
            _writer.add_scalar(name, (float)number, step);
        }
    }
}
