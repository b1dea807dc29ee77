using LoNas.Data;
using LoNas.Evaluation;

namespace LoNas.Cli.Evaluate;

/// <summary>A test set with its records.</summary>
internal sealed record TestSet(EvaluationTask Task, IReadOnlyList<InstructionRecord> Records)
{
    /// <summary>Reads sets, before anything long is begun.</summary>
    /// <param name="tasks">The sets.</param>
    /// <param name="datasetsFolder">The folder that holds them.</param>
    /// <param name="limit">Records of each, the first ones; null: all.</param>
    public static IReadOnlyList<TestSet> Load(IEnumerable<EvaluationTask> tasks, string datasetsFolder, int? limit)
    {
        return [.. tasks.Select(Read)];

        TestSet Read(EvaluationTask task)
        {
            var records = InstructionDataset.Load(task.DataPath(datasetsFolder), isTestSet: true);
            return new TestSet(task, limit is { } first ? [.. records.Take(first)] : records);
        }
    }
}
