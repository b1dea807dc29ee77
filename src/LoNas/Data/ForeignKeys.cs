using System.Text.Json;
using LoNas.Storage;

namespace LoNas.Data;

/// <summary>Says which keys a record has in place of the expected ones, and the likely way out.</summary>
internal static class ForeignKeys
{
    private const string Chat =
        "write a record for each question: what the user says is its 'instruction', the reply its 'output'";

    /// <summary>
    /// Data sets that people have, by the keys that tell them: what each key becomes in training and in testing, or
    /// where renaming is not enough, what is to be done.
    /// </summary>
    private static readonly (string Name, string[] Keys, string Training, string Testing)[] Known =
    [
        ("ShareGPT", ["conversations"], Chat, Chat),
        ("OpenAI's chats", ["messages"], Chat, Chat),
        ("mawps", ["sQuestion", "lSolutions"],
            "make 'sQuestion' the 'instruction' and write an 'output' that ends in the number of 'lSolutions'",
            "make 'sQuestion' the 'instruction' and the number of 'lSolutions' the 'answer'"),
        ("SVAMP", ["Body", "Question", "Answer"],
            "make 'Body' and 'Question' together the 'instruction' and write an 'output' that ends in 'Answer'",
            "make 'Body' and 'Question' together the 'instruction', and rename 'Answer' to 'answer'"),
        ("AQuA", ["question", "options", "rationale", "correct"],
            "make 'question' and 'options' together the 'instruction', and rename 'rationale' to 'output'",
            "make 'question' and 'options' together the 'instruction', and rename 'correct' to 'answer'"),
        ("ARC or OpenBookQA", ["choices", "answerKey"],
            "make the question and its 'choices' together the 'instruction', and 'answerKey' the 'output'",
            "make the question and its 'choices' together the 'instruction', and 'answerKey' the 'answer', answer1 for "
            + "the first"),
        ("boolq", ["question", "passage"],
            "make 'passage' and 'question' together the 'instruction', and the answer the 'output'",
            "make 'passage' and 'question' together the 'instruction'"),
        ("GSM8K", ["question", "answer"], "rename 'question' to 'instruction' and 'answer' to 'output'",
            "rename 'question' to 'instruction', and leave of 'answer' the number behind ####"),
        ("MATH", ["problem", "solution"], "rename 'problem' to 'instruction' and 'solution' to 'output'",
            "rename 'problem' to 'instruction', and make the result of 'solution' the 'answer'"),
        ("MetaMath", ["query", "response"], "rename 'query' to 'instruction' and 'response' to 'output'",
            "rename 'query' to 'instruction', and make the result of 'response' the 'answer'"),
        ("Dolly", ["instruction", "response"], "rename 'response' to 'output', and 'context' to 'input'",
            "rename 'response' to 'answer', and 'context' to 'input'"),
        ("OpenAI's completions", ["prompt", "completion"],
            "rename 'prompt' to 'instruction' and 'completion' to 'output'",
            "rename 'prompt' to 'instruction' and 'completion' to 'answer'"),
        ("preferences", ["chosen", "rejected"], "make the question the 'instruction' and 'chosen' the 'output'",
            "make the question the 'instruction' and 'chosen' the 'answer'"),
        ("plain text", ["text"], "split 'text' into 'instruction' and 'output'",
            "split 'text' into 'instruction' and 'answer'"),
        ("Alpaca", ["instruction", "output"], "", "write what is right as the 'answer'"),
    ];

    /// <summary>Data sets whose columns are a prompt and its completion, or another format, by other names.</summary>
    private static readonly (string[] Keys, string Advice)[] ByColumns =
    [
        (["chosen", "rejected"], "of pairs of a better and a worse answer nothing is learned here; keep the prompt and "
            + "the chosen one"),
        (["instruction", "response"], "name the columns, such as output=response"),
        (["question", "answer"], "name the columns, such as prompt=question and completion=answer"),
        (["query", "response"], "name the columns, such as prompt=query and completion=response"),
        (["problem", "solution"], "name the columns, such as prompt=problem and completion=solution"),
        (["prompt", "response"], "name the columns, such as completion=response"),
    ];

    private static readonly string[] Own = ["instruction", "input", "output", "answer"];

    /// <summary>The keys of a record and what to do with them.</summary>
    public static string Describe(JsonElement record, bool isTestSet)
    {
        string[] keys = [.. record.EnumerateObject().Select(member => member.Name)];
        string[] needed = ["instruction", isTestSet ? "answer" : "output"];
        if (keys.Length == 0)
        {
            return "no keys";
        }

        if (needed.All(keys.Contains))
        {
            return Excerpt.Of(keys);
        }

        var row = Known.FirstOrDefault(known => known.Keys.All(keys.Contains));
        var advice = isTestSet ? row.Testing : row.Training;
        string[] wrongCase = [.. keys.Where(key => !Own.Contains(key) && Own.Contains(Plain(key)))];
        return !string.IsNullOrEmpty(advice) ? $"{Excerpt.Of(keys)}, the keys of {row.Name}; {advice}"
            : wrongCase.Length > 0 ? $"{Excerpt.Of(keys)}; rename {Renamed(wrongCase)}"
            : $"{Excerpt.Of(keys)}; rename what is meant to '{needed[0]}' and '{needed[1]}'";
    }

    /// <summary>Which columns to name for a record whose keys are not known.</summary>
    public static string Columns(JsonElement record) =>
        ByColumns.FirstOrDefault(row => row.Keys.All(key => record.TryGetProperty(key, out _))).Advice
        ?? "name the columns that hold them, such as prompt=question and completion=answer";

    private static string Renamed(string[] keys) =>
        string.Join(" and ", keys.Select(key => $"'{Excerpt.Of(key)}' to '{Plain(key)}'"));

    private static string Plain(string key) => key.Trim().ToLowerInvariant();
}
