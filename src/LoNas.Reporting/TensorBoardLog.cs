using System.Text;
using LoNas.Storage;
using LoNas.Training;
using TorchSharp;

namespace LoNas.Reporting;

/// <summary>Writes training records as TensorBoard event files.</summary>
public sealed class TensorBoardLog : IDisposable
{
    private const string Speed = "train/tokens_per_second";

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

    /// <summary>
    /// Removes the logs of former runs from such a folder. Event files of other programs stay: no other has this tag.
    /// </summary>
    public static void RemoveOwn(string folder)
    {
        if (!Directory.Exists(folder))
        {
            return;
        }

        foreach (var run in new DirectoryInfo(folder).GetDirectories().Where(run => run.LinkTarget is null))
        {
            foreach (var events in run.GetFiles("events.out.tfevents.*").Where(IsOwn))
            {
                events.Delete();
            }

            if (!run.EnumerateFileSystemInfos().Any())
            {
                run.Delete();
            }
        }
    }

    /// <summary>Adds the record's numbers, under the names the reference's Trainer uses.</summary>
    public void Add(TrainingRecord record)
    {
        Add("train/loss", record.Loss, record.Step);
        Add("train/learning_rate", record.LearningRate, record.Step);
        Add(Speed, record.TokensPerSecond, record.Step);
        Add(record.MinimalLoss is null ? "eval/loss" : "eval/loss_super", record.MaximalLoss, record.Step);
        Add("eval/loss_minimum", record.MinimalLoss, record.Step);
    }

    /// <inheritdoc/>
    public void Dispose() => (_writer as IDisposable)?.Dispose();

    private static bool IsOwn(FileInfo events)
    {
        if (FileKind.OfOther(events.FullName) is not null)
        {
            return false;
        }

        // The first records have every tag.
        using var stream = events.OpenRead();
        var bytes = new byte[Math.Min(1 << 20, stream.Length)];
        stream.ReadExactly(bytes);
        return bytes.AsSpan().IndexOf(Encoding.UTF8.GetBytes(Speed)) >= 0;
    }

    private void Add(string name, double? value, int step)
    {
        if (value is { } number)
        {
            _writer.add_scalar(name, (float)number, step);
        }
    }
}
