using System.Text;
using LoNas.Data;
using LoNas.Storage;
using LoNas.Text;

namespace LoNas.Evaluation;

/// <summary>A family of test sets that one command trains for, tests and searches on.</summary>
public sealed record TaskSuite
{
    /// <summary>Its name in commands and messages, such as <c>math</c>.</summary>
    public required string Name { get; init; }

    /// <summary>Its test sets, in the order in which they are tested.</summary>
    public required IReadOnlyList<EvaluationTask> Tasks { get; init; }

    /// <summary>
    /// The heuristic sub-adapter's name in metrics and files; the reference's commands differ in its case.
    /// </summary>
    public required string HeuristicName { get; init; }

    /// <summary>
    /// The task whose template and rule a validation record takes, since training sets mix several tasks.
    /// </summary>
    public required Func<InstructionRecord, EvaluationTask> ValidationTask { get; init; }

    /// <summary>The text before a training record's output; null takes LLM-Adapters' training template.</summary>
    public Func<InstructionRecord, string>? TrainingPrompt { get; init; }

    /// <summary>What a training record lacks for <see cref="TrainingPrompt"/>; null: nothing can.</summary>
    internal Func<InstructionRecord, IEnumerable<RecordProblem>>? TrainingProblems { get; init; }

    /// <summary>Training records set aside for validation, if the user does not say how many.</summary>
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

    /// <summary>A sub-adapter's name in metrics and files.</summary>
    /// <param name="subAdapter">What users call it; null for none.</param>
    public string? ResultName(string? subAdapter) => subAdapter == "heuristic" ? HeuristicName : subAdapter;

    /// <summary>A suite of one task of the user's own.</summary>
    public static TaskSuite Of(EvaluationTask task) => new()
    {
        Name = task.Name,
        Tasks = [task],
        HeuristicName = "heuristic",
        ValidationTask = _ => task,
        TrainingPrompt = task.Template is { } template ? template.Fill : null,
        TrainingProblems = task.Template is { } places ? places.Problems : null,
    };

    /// <summary>Reads records to train on.</summary>
    /// <param name="path">The file.</param>
    /// <param name="encoding">Its encoding, as <see cref="TextInput.Find"/> gives it; null: UTF-8.</param>
    /// <exception cref="InvalidDataException">
    /// It can't be used, or has records that lack what the prompt has a place for.
    /// </exception>
    public IReadOnlyList<InstructionRecord> LoadTraining(string path, Encoding? encoding = null) =>
        InstructionDataset.Load(path, isTestSet: false, encoding, TrainingProblems);
}

/// <summary>Finds the task of a validation record by its label, since a training set mixes several tasks.</summary>
public static class ValidationTasks
{
    /// <summary>What a commonsense label begins with, and the set whose rule it takes.</summary>
    private static readonly (string Label, string Set)[] CommonsenseLabels =
    [
        ("true", "boolq"),
        ("false", "boolq"),
        ("solution", "piqa"),
        ("answer", "social_i_qa"),
        ("ending", "hellaswag"),
        ("option", "winogrande"),
    ];

    /// <summary>A label that Python's float() reads takes the mawps rule, any other the AQuA rule.</summary>
    public static EvaluationTask Math(InstructionRecord record)
    {
        bool isNumber = PythonNumber.TryParse(record.Answer, out _);
        return Named(EvaluationTask.Math, isNumber ? "mawps" : "AQuA");
    }

    /// <summary>The task that the text of the label belongs to.</summary>
    /// <exception cref="InvalidDataException">No commonsense set has such a label.</exception>
    public static EvaluationTask Commonsense(InstructionRecord record)
    {
        var set = CommonsenseLabels
            .FirstOrDefault(row => record.Answer.StartsWith(row.Label, StringComparison.Ordinal)).Set;
        return set is not null
            ? Named(EvaluationTask.Commonsense, set)
            : throw new InvalidDataException(
                $"'answer' is '{Excerpt.Of(record.Answer)}', which no commonsense set has; expected true, false, or a "
                + "solution, answer, ending or option with its number");
    }

    /// <summary>Groups records by task, in the order in which the tasks first occur.</summary>
    public static IReadOnlyList<(EvaluationTask Task, IReadOnlyList<InstructionRecord> Records)> Group(
        IEnumerable<InstructionRecord> records, Func<InstructionRecord, EvaluationTask> taskOf) =>
        [.. records.GroupBy(taskOf).Select(group => (group.Key, (IReadOnlyList<InstructionRecord>)group.ToList()))];

    private static EvaluationTask Named(IReadOnlyList<EvaluationTask> tasks, string name) =>
        tasks.First(task => task.Name == name);
}
