using System.Globalization;
using LoNas.Data;

namespace LoNas.Evaluation;

/// <summary>A family of test sets that one command trains for, tests and searches on.</summary>
public sealed record TaskSuite
{
    /// <summary>How commands and messages call it, such as <c>math</c>.</summary>
    public required string Name { get; init; }

    /// <summary>Its test sets, in the order in which they are tested.</summary>
    public required IReadOnlyList<EvaluationTask> Tasks { get; init; }

    /// <summary>How metrics and files call the heuristic sub-adapter: the reference's commands differ in its case.</summary>
    public required string HeuristicName { get; init; }

    /// <summary>Which task's template and rule a validation record takes; training sets mix several.</summary>
    public required Func<InstructionRecord, EvaluationTask> ValidationTask { get; init; }

    /// <summary>What stands before a training record's output; null: LLM-Adapters' training template.</summary>
    public Func<InstructionRecord, string>? TrainingPrompt { get; init; }

    /// <summary>Training records set aside for validation where the user says nothing.</summary>
    public int ValidationSize { get; init; }

    /// <summary>The math sets of <c>run-math</c>.</summary>
    public static TaskSuite Math { get; } = new()
    {
        Name = "math",
        Tasks = EvaluationTask.Math,
        HeuristicName = "heuristic",
        ValidationTask = ValidationTasks.Math,
    };

    /// <summary>The commonsense sets of <c>run-commonsense</c>.</summary>
    public static TaskSuite Commonsense { get; } = new()
    {
        Name = "commonsense",
        Tasks = EvaluationTask.Commonsense,
        HeuristicName = "Heuristic",
        ValidationTask = ValidationTasks.Commonsense,
        ValidationSize = 120,
    };

    /// <summary>How metrics and files call a sub-adapter.</summary>
    /// <param name="subAdapter">What the command line calls it; null for none.</param>
    public string? ResultName(string? subAdapter) => subAdapter == "heuristic" ? HeuristicName : subAdapter;

    /// <summary>A suite of one set of the user's own.</summary>
    public static TaskSuite Of(EvaluationTask task) => new()
    {
        Name = task.Name,
        Tasks = [task],
        HeuristicName = "heuristic",
        ValidationTask = _ => task,
        TrainingPrompt = task.Template is { } template ? template.Fill : null,
    };
}

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
