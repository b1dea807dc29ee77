using LoNas.Evaluation;

namespace LoNas;

/// <summary>Evaluation from the front door.</summary>
public static class EvaluationExtensions
{
    /// <summary>Asks the model, as it is cut now, the records of a task and judges its answers.</summary>
    /// <param name="model">The model.</param>
    /// <param name="task">The task with its records.</param>
    /// <param name="options">How they are asked; null is the reference's way, with 4 beams.</param>
    /// <param name="report">Called for each record as it is judged.</param>
    /// <param name="cancel">Stops between two tokens.</param>
    public static TaskScore Evaluate(
        this ElasticModel model,
        TaskRecords task,
        EvaluationOptions? options = null,
        Action<EvaluationProgress>? report = null,
        CancellationToken cancel = default)
    {
        using var run = new EvaluationRun(model, model.Chosen, [task], options ?? new EvaluationOptions());
        return run.Run(task, report, cancel);
    }
}
