using System.Globalization;
using LoNas.Data;

namespace LoNas.Evaluation;

/// <summary>Judges validation records, whose rule follows from their label: a training set mixes several tasks.</summary>
public static class ValidationTasks
{
    /// <summary>The commonsense label's beginning and the set whose rule it takes.</summary>
    private static readonly (string Label, string Set)[] CommonsenseLabels =
    [
        ("true", "boolq"),
        ("false", "boolq"),
        ("solution", "piqa"),
        ("answer", "social_i_qa"),
        ("ending", "hellaswag"),
        ("option", "winogrande"),
    ];

    /// <summary>A numeric label takes the mawps rule, any other the AQuA rule.</summary>
    public static EvaluationTask Math(InstructionRecord record) =>
        Named(EvaluationTask.Math, double.TryParse(record.Answer, CultureInfo.InvariantCulture, out _) ? "mawps" : "AQuA");

    /// <summary>The rule that the label's text belongs to.</summary>
    /// <exception cref="InvalidDataException">No commonsense set has such a label.</exception>
    public static EvaluationTask Commonsense(InstructionRecord record)
    {
        var set = CommonsenseLabels.FirstOrDefault(row => record.Answer.StartsWith(row.Label, StringComparison.Ordinal)).Set;
        return set is not null
            ? Named(EvaluationTask.Commonsense, set)
            : throw new InvalidDataException(
                $"The validation record '{record.Instruction}' has the answer '{record.Answer}'; expected true, false, or a "
                + "solution, answer, ending or option with its number");
    }

    /// <summary>Groups records by their task, in the order in which the tasks first occur.</summary>
    public static IReadOnlyList<(EvaluationTask Task, IReadOnlyList<InstructionRecord> Records)> Group(
        IEnumerable<InstructionRecord> records, Func<InstructionRecord, EvaluationTask> taskOf) =>
        [.. records.GroupBy(taskOf).Select(group => (group.Key, (IReadOnlyList<InstructionRecord>)group.ToList()))];

    private static EvaluationTask Named(IReadOnlyList<EvaluationTask> tasks, string name) =>
        tasks.First(task => task.Name == name);
}
