using LoNas.Data;

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
    public static IReadOnlyList<TaskRecords> Load(IEnumerable<EvaluationTask> tasks, string datasetsFolder, int? limit)
    {
        return [.. tasks.Select(Read)];

        TaskRecords Read(EvaluationTask task)
        {
            var records = InstructionDataset.Load(task.DataPath(datasetsFolder), isTestSet: true);
            return new TaskRecords(task, limit is { } first ? [.. records.Take(first)] : records);
        }
    }
}
