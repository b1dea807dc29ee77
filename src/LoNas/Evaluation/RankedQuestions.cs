using System.Text.Json;
using LoNas.Data;
using LoNas.Distributed;

namespace LoNas.Evaluation;

/// <summary>
/// Asks the records of a task by all ranks, in rounds, so that rank 0 can keep what a kill must not lose.
/// </summary>
internal sealed class RankedQuestions(ICollectives ranks, TaskEvaluator evaluator)
{
    /// <summary>Records that a rank is asked in a round: enough for large batches.</summary>
    private const int Round = 128;

    /// <summary>Asks and judges every record; each rank hears of all, in the order of the rounds.</summary>
    public void Ask(
        EvaluationTask task, IReadOnlyList<InstructionRecord> records, Action<int, JudgedRecord> tell,
        CancellationToken cancel)
    {
        if (ranks.Size == 1)
        {
            evaluator.Run(task, records, tell, cancel);
            return;
        }

        foreach (int[] round in Enumerable.Range(0, records.Count).Chunk(Round * ranks.Size))
        {
            int[] own = [.. round.Where(index => index % ranks.Size == ranks.Rank)];
            var answers = new List<Answer>();
            bool isWhole = ranks.Together(stop => AskOwn(task, records, own, answers, stop), cancel);
            foreach (var answer in ranks.Gather(JsonSerializer.SerializeToUtf8Bytes(answers))
                .SelectMany(bytes => JsonSerializer.Deserialize<Answer[]>(bytes)!).OrderBy(answer => answer.Index))
            {
                tell(answer.Index, task.Judge(records[answer.Index], answer.Response, answer.NewTokens));
            }

            // Ranks that were stopped have brought what they have, as in a test by one process.
            if (!isWhole)
            {
                throw new OperationCanceledException(cancel);
            }
        }
    }

    private void AskOwn(
        EvaluationTask task, IReadOnlyList<InstructionRecord> records, int[] own, List<Answer> answers,
        CancellationToken cancel)
    {
        if (own.Length > 0)
        {
            evaluator.Run(
                task, [.. own.Select(index => records[index])],
                (place, judged) => answers.Add(new Answer(own[place], judged.Response, judged.NewTokens)), cancel);
        }
    }

    private sealed record Answer(int Index, string Response, int NewTokens);
}
