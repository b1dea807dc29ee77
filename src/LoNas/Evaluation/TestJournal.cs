using System.Text.Json;
using System.Text.Json.Nodes;
using LoNas.Data;
using LoNas.Storage;

namespace LoNas.Evaluation;

/// <summary>
/// The responses of a test, on disk as they come, so that a test that was killed goes on where it stopped. Verdicts are
/// not kept: the task's rule gives them again.
/// </summary>
public sealed class TestJournal : IDisposable
{
    private readonly string _path;
    private readonly JsonJournal _file;
    private readonly Dictionary<(string Task, int Index), (string Response, int NewTokens)> _known = [];

    private TestJournal(string path, JsonJournal file) => (_path, _file) = (path, file);

    /// <summary>Responses that were there when the journal was opened.</summary>
    public int Count => _known.Count;

    /// <summary>Those of one task.</summary>
    public int CountOf(EvaluationTask task) => _known.Keys.Count(key => key.Task == task.Name);

    /// <summary>Opens a journal, or starts one.</summary>
    /// <param name="path">The file, one JSON object a line.</param>
    /// <param name="identity">What the responses depend on, such as model, sub-adapter and records.</param>
    /// <exception cref="InvalidDataException">It is another test's, which is named, or damaged.</exception>
    public static TestJournal Open(string path, JsonObject identity)
    {
        var journal = new TestJournal(path, JsonJournal.Open(path, "test", identity));
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

    /// <summary>The record judged by the response it got before; null where it was not asked yet.</summary>
    public JudgedRecord? Find(EvaluationTask task, int index, InstructionRecord record) =>
        _known.TryGetValue((task.Name, index), out var known)
            ? task.Judge(record, known.Response, known.NewTokens)
            : null;

    /// <summary>Writes a response; it is on disk when this returns.</summary>
    public void Append(EvaluationTask task, int index, JudgedRecord judged) => _file.Append(new JsonObject
    {
        ["set"] = task.Name,
        ["record"] = index,
        ["output_pred"] = judged.Response,
        ["new_tokens"] = judged.NewTokens,
    });

    /// <summary>Removes the file: the test is finished and its results are written.</summary>
    public void Finish()
    {
        Dispose();
        File.Delete(_path);
    }

    /// <inheritdoc/>
    public void Dispose() => _file.Dispose();

    private void Read()
    {
        foreach (var (index, entry) in _file.Entries.Index())
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
}
