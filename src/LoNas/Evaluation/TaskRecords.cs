using System.Text;
using LoNas.Data;
using LoNas.Errors;
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
        var all = tasks.ToArray();
        RequireSets([.. all.Where(task => task.File is null).Select(task => task.DataPath(datasetsFolder))]);
        return [.. all.Select(Read)];

        TaskRecords Read(EvaluationTask task)
        {
            var records = InstructionDataset.Load(
                task.DataPath(datasetsFolder), isTestSet: true, encoding, task.Problems);
            return new TaskRecords(task, limit is { } first ? [.. records.Take(first)] : records);
        }
    }

    /// <summary>Public sets that are not there are mostly not there yet, and all of them.</summary>
    private static void RequireSets(IReadOnlyList<string> paths)
    {
        string[] missing = [.. paths.Where(path => !Path.Exists(path) && StandIn.OfMissing(path) is null)];
        if (missing.Length > 0)
        {
            var others = missing.Length == 1 ? "" : $", and {missing.Length - 1} more of {paths.Count} don't";
            throw new InvalidDataException($"The data set '{missing[0]}' does not exist{others}; check the path")
                .About(Setting.PublicSets);
        }
    }
}
