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
    /// <param name="subAdapter">What results call it; null for none.</param>
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
