using LoNas.Data;

namespace LoNas.Evaluation;

/// <summary>Tests a set, asking only the records that a journal does not know.</summary>
/// <param name="ask">Asks records of a task and reports each with its index among them, in any order.</param>
/// <param name="journal">Knows earlier responses and takes the new ones; null for none.</param>
public sealed class JournaledTest(
    Action<EvaluationTask, IReadOnlyList<InstructionRecord>, Action<int, JudgedRecord>> ask, TestJournal? journal)
{
    /// <summary>Asks and judges every record.</summary>
    /// <param name="task">The set's template and rule.</param>
    /// <param name="records">Its records.</param>
    /// <param name="onJudged">Called once for each record and whether it was known, the known ones first.</param>
    public TaskResult Run(
        EvaluationTask task, IReadOnlyList<InstructionRecord> records, Action<JudgedRecord, bool>? onJudged = null)
    {
        var judged = records.Select((record, i) => journal?.Find(task, i, record)).ToArray();
        foreach (var known in judged.OfType<JudgedRecord>())
        {
            onJudged?.Invoke(known, true);
        }

        int[] open = [.. Enumerable.Range(0, records.Count).Where(i => judged[i] is null)];
        if (open.Length > 0)
        {
            ask(task, [.. open.Select(i => records[i])], (i, answer) =>
            {
                judged[open[i]] = answer;
                journal?.Append(task, open[i], answer);
                onJudged?.Invoke(answer, false);
            });
        }

        return new TaskResult(task, [.. judged.Select(record => record!)]);
    }
}
