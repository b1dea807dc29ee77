using System.Text.Json;
using LoNas.Data;
using LoNas.Errors;
using LoNas.Storage;

namespace LoNas.Evaluation;

/// <summary>Checks that validation records can be judged by accuracy, each by the rule of its task.</summary>
internal static class ValidationLabels
{
    /// <param name="records">The validation records.</param>
    /// <param name="taskOf">The task of a record.</param>
    /// <exception cref="ArgumentException">Some have no answer, or one that no response can equal.</exception>
    public static void Require(
        IReadOnlyList<InstructionRecord> records, Func<InstructionRecord, EvaluationTask> taskOf)
    {
        string[] problems = [.. records.OrderBy(record => record.Number).SelectMany(record =>
            Problem(record, taskOf) is { } problem ? [$"{Place(record)}: {problem}"] : Array.Empty<string>())];
        if (problems.Length > 0)
        {
            var of = records.FirstOrDefault(record => record.File is not null)?.File is { } file ? $" of '{file}'" : "";
            throw new ArgumentException(
                $"{problems.Length} of {records.Count} validation records{of} can't be judged by accuracy; correct "
                + $"them, or search by loss:{RecordProblems.List(problems)}")
                .About(Setting.SearchMetric);
        }
    }

    private static string? Problem(InstructionRecord record, Func<InstructionRecord, EvaluationTask> taskOf)
    {
        if (record.Answer.Length == 0)
        {
            return record.Source.ValueKind == JsonValueKind.Object
                && record.Source.TryGetProperty("answer", out var answer)
                && answer.ValueKind is not (JsonValueKind.String or JsonValueKind.Null)
                    ? $"'answer' is {Excerpt.Of(answer)}; expected text, a number, true or false"
                    : "has no 'answer' to compare with";
        }

        try
        {
            var task = taskOf(record);
            var problems = string.Join("; ", task.Problems(record).Select(problem => problem.Text));
            return problems.Length > 0 ? $"{problems} (the rule of {task.Name})" : null;
        }
        catch (InvalidDataException error)
        {
            return error.Message;
        }
    }

    private static string Place(InstructionRecord record) =>
        record.Number > 0 ? $"record {record.Number}" : $"'{Excerpt.Of(record.Instruction)}'";
}
