using System.Text;
using LoNas.Data;
using LoNas.Storage;

namespace LoNas.Evaluation;

/// <summary>A task with the records that it asks.</summary>
/// <param name="Task">The template and rule.</param>
/// <param name="Records">The records.</param>
public sealed record TaskRecords(EvaluationTask Task, IReadOnlyList<InstructionRecord> Records)
{
    /// <summary>Reads sets, before anything long is begun.</summary>
    /// <param name="tasks">The sets.</param>
    /// <param name="datasetsFolder">The folder that holds them.</param>
    /// <param name="limit">Records of each, the first ones; null: all.</param>
    /// <param name="encoding">The files' encoding, as <see cref="TextInput.Find"/> gives it; null: UTF-8.</param>
    /// <exception cref="InvalidDataException">
    /// A file can't be used, or has records that can't be asked or whose answer no response can equal.
    /// </exception>
    public static IReadOnlyList<TaskRecords> Load(
        IEnumerable<EvaluationTask> tasks, string datasetsFolder, int? limit, Encoding? encoding = null)
    {
        return [.. tasks.Select(Read)];

        TaskRecords Read(EvaluationTask task)
        {
            var records = InstructionDataset.Load(
                task.DataPath(datasetsFolder), isTestSet: true, encoding, task.Problems);
            return new TaskRecords(task, limit is { } first ? [.. records.Take(first)] : records);
        }
    }
}
