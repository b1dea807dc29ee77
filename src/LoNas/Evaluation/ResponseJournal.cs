using System.Text.Json;
using System.Text.Json.Nodes;
using LoNas.Data;
using LoNas.Distributed;
using LoNas.Storage;

namespace LoNas.Evaluation;

/// <summary>Asks a model some records of a task.</summary>
/// <param name="task">The task.</param>
/// <param name="records">The records to ask.</param>
/// <param name="report">Takes each judged record with its index in <paramref name="records"/>, in any order.</param>
public delegate void AskRecords(
    EvaluationTask task, IReadOnlyList<InstructionRecord> records, Action<int, JudgedRecord> report);

/// <summary>
/// The responses of a test, written to disk as they come, so that a test that was killed continues where it stopped.
/// Verdicts are not kept: the task's rule gives them again.
/// </summary>
public sealed class ResponseJournal : IDisposable
{
    private readonly string _path;
    private readonly JsonJournal? _file;
    private readonly Dictionary<(string Task, int Index), (string Response, int NewTokens)> _known = [];

    private ResponseJournal(string path, JsonJournal? file) => (_path, _file) = (path, file);

    /// <summary>Responses that were there when the journal was opened.</summary>
    public int Count => _known.Count;

    /// <summary>Responses to one task that were there when the journal was opened.</summary>
    public int CountOf(EvaluationTask task) => _known.Keys.Count(key => key.Task == task.Name);

    /// <summary>Opens a journal, or starts one.</summary>
    /// <param name="path">The file, one JSON object per line.</param>
    /// <param name="identity">What the responses depend on, such as model, sub-adapter and records.</param>
    /// <exception cref="InvalidDataException">
    /// It is damaged, or of another test, in which case the differences are named.
    /// </exception>
    public static ResponseJournal Open(string path, JsonObject identity)
    {
        var journal = new ResponseJournal(path, JsonJournal.Open(path, "test", identity));
        try
        {
            journal.Read();
            return journal;
        }
        catch
        {
            journal.Dispose();
            throw;
        }
    }

    /// <summary>
    /// The responses that rank 0's journal had when it was opened, for all ranks; rank 0 alone has the file.
    /// </summary>
    /// <param name="ranks">The ranks.</param>
    /// <param name="open">Opens the journal, on rank 0.</param>
    public static ResponseJournal Shared(ICollectives ranks, Func<ResponseJournal> open)
    {
        var own = ranks.Rank == 0 ? open() : new ResponseJournal("", null);
        var known = ranks.OfFirst(() => JsonSerializer.Serialize(
            own._known.Select(each =>
                new Known(each.Key.Task, each.Key.Index, each.Value.Response, each.Value.NewTokens))));
        foreach (var each in JsonSerializer.Deserialize<Known[]>(known!)!)
        {
            own._known[(each.Task, each.Index)] = (each.Response, each.NewTokens);
        }

        return own;
    }

    /// <summary>
    /// Tests a set, asking only the records whose responses are not in a journal, which takes the new ones.
    /// </summary>
    /// <param name="journal">Has the earlier responses; null keeps none and asks all records.</param>
    /// <param name="task">The set's template and rule.</param>
    /// <param name="records">All records of the set.</param>
    /// <param name="ask">Asks the model.</param>
    /// <param name="onJudged">
    /// Called once for each record and whether its response was in the journal; those that were come first.
    /// </param>
    public static TaskResult Run(
        ResponseJournal? journal,
        EvaluationTask task,
        IReadOnlyList<InstructionRecord> records,
        AskRecords ask,
        Action<JudgedRecord, bool>? onJudged = null)
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

    /// <summary>Deletes the file, once the test is finished and its results are written.</summary>
    public void Finish()
    {
        Dispose();
        if (_file is not null)
        {
            File.Delete(_path);
        }
    }

    /// <inheritdoc/>
    public void Dispose() => _file?.Dispose();

    /// <summary>The record judged by its earlier response; null where it has none yet.</summary>
    private JudgedRecord? Find(EvaluationTask task, int index, InstructionRecord record) =>
        _known.TryGetValue((task.Name, index), out var known)
            ? task.Judge(record, known.Response, known.NewTokens)
            : null;

    /// <summary>Writes a response; it is on disk when this returns.</summary>
    private void Append(EvaluationTask task, int index, JudgedRecord judged) => _file?.Append(new JsonObject
    {
        ["set"] = task.Name,
        ["record"] = index,
        ["output_pred"] = judged.Response,
        ["new_tokens"] = judged.NewTokens,
    });

    private void Read()
    {
        foreach (var (index, entry) in _file!.Entries.Index())
        {
            if (!entry.TryGetProperty("set", out var set) || set.ValueKind != JsonValueKind.String
                || !entry.TryGetProperty("record", out var record)
                || record.ValueKind != JsonValueKind.Number || !record.TryGetInt32(out int number)
                || !entry.TryGetProperty("output_pred", out var response) || response.ValueKind != JsonValueKind.String
                || !entry.TryGetProperty("new_tokens", out var tokens)
                || tokens.ValueKind != JsonValueKind.Number || !tokens.TryGetInt32(out int count))
            {
                throw new InvalidDataException(
                    $"The test journal '{_path}', line {index + 2}, holds no response; remove the file to start again");
            }

            _known[(set.GetString()!, number)] = (response.GetString()!, count);
        }
    }

    /// <summary>A response as ranks tell it.</summary>
    private sealed record Known(string Task, int Index, string Response, int NewTokens);
}
