using LoNas.Data;
using LoNas.Text;

namespace LoNas.Evaluation;

/// <summary>One test set: where it is, how it is asked and how it is judged.</summary>
/// <param name="Name">The name in metrics and result files.</param>
/// <param name="Folder">Its folder below the data sets' folder.</param>
/// <param name="TemplateIndent">Spaces before each line of the prompt.</param>
/// <param name="MaxNewTokens">The most tokens a response may have.</param>
/// <param name="Rule">How responses are judged.</param>
public sealed record EvaluationTask(string Name, string Folder, int TemplateIndent, int MaxNewTokens, AnswerRule Rule)
{
    /// <summary>The math sets, in the reference's order.</summary>
    public static IReadOnlyList<EvaluationTask> Math { get; } =
    [
        MathTask("AQuA", AnswerRules.FirstOf("A", "B", "C", "D", "E")),
        MathTask("mawps", AnswerRules.LastNumber),
        MathTask("gsm8k", AnswerRules.LastNumber),
        MathTask("SVAMP", AnswerRules.LastNumber),
    ];

    /// <summary>The commonsense sets, in the reference's order.</summary>
    public static IReadOnlyList<EvaluationTask> Commonsense { get; } =
    [
        CommonsenseTask("boolq", AnswerRules.FirstOf("true", "false")),
        CommonsenseTask("piqa", Numbered("solution", 2)),
        CommonsenseTask("social_i_qa", Numbered("answer", 5)),
        CommonsenseTask("winogrande", Numbered("option", 2)),
        CommonsenseTask("ARC-Easy", Numbered("answer", 5)),
        CommonsenseTask("ARC-Challenge", Numbered("answer", 5)),
        CommonsenseTask("openbookqa", Numbered("answer", 5)),
        CommonsenseTask("hellaswag", Numbered("ending", 4)),
    ];

    /// <summary>Every built-in set.</summary>
    public static IReadOnlyList<EvaluationTask> All { get; } = [.. Math, .. Commonsense];

    /// <summary>The user's own prompt; null takes the instruction template with <see cref="TemplateIndent"/>.</summary>
    public RecordTemplate? Template { get; init; }

    /// <summary>The file that the task was read from; null for the built-in ones.</summary>
    public TaskFile? File { get; init; }

    /// <summary>The path of the records, such as <c>datasets/gsm8k/test.json</c>.</summary>
    /// <param name="datasetsFolder">The folder of all sets; a task with a file of its own does not need it.</param>
    public string DataPath(string datasetsFolder) =>
        File?.DataPath ?? Path.Combine(datasetsFolder, Folder, "test.json");

    /// <summary>The prompt for a record.</summary>
    public string Prompt(InstructionRecord record) =>
        Template?.Fill(record) ?? PromptTemplate.Evaluation(record.Instruction, record.Input, TemplateIndent);

    /// <summary>
    /// The response within a generated sequence. It includes special tokens, as in the reference, except for a user's
    /// own task, whose pattern must not match the text of an end token.
    /// </summary>
    /// <param name="tokenizer">The model's tokenizer.</param>
    /// <param name="ids">[prompt + response].</param>
    /// <param name="promptLength">How many of <paramref name="ids"/> are the prompt.</param>
    public string Response(TextTokenizer tokenizer, IReadOnlyList<int> ids, int promptLength)
    {
        bool isOwn = File is not null;
        var decoded = tokenizer.Decode(ids, skipSpecialTokens: isOwn);
        return Template is null
            ? PromptTemplate.Response(decoded)
            : Template.Response(decoded, tokenizer.Decode([.. ids.Take(promptLength)], skipSpecialTokens: isOwn));
    }

    /// <summary>Why a record can't be asked or no response to it be right; nothing where all is well.</summary>
    internal IEnumerable<RecordProblem> Problems(InstructionRecord record) => (Template?.Problems(record) ?? [])
        .Concat(Rule.LabelProblem?.Invoke(record.Answer) is { } problem ? [new($"'answer' {problem}")] : []);

    /// <summary>Judges a response to a record by the rule.</summary>
    public JudgedRecord Judge(InstructionRecord record, string response, int newTokens)
    {
        var prediction = Rule.Extract(response);
        bool isRight = Rule.IsRight(prediction, record.Answer);
        return new JudgedRecord(record, response, prediction, isRight) { NewTokens = newTokens };
    }

    private static EvaluationTask MathTask(string name, AnswerRule rule) =>
        new(name, name, PromptTemplate.MathIndent, 256, rule);

    private static EvaluationTask CommonsenseTask(string name, AnswerRule rule) =>
        new(name, name, PromptTemplate.CommonsenseIndent, 32, rule);

    private static AnswerRule Numbered(string word, int count) =>
        AnswerRules.FirstOf([.. Enumerable.Range(1, count).Select(i => $"{word}{i}")]);
}

/// <summary>The files of a task of the user's own.</summary>
/// <param name="Path">The task file that it was read from.</param>
/// <param name="DataPath">Its test records.</param>
/// <param name="TrainPath">Its training records; null where the file names none.</param>
public sealed record TaskFile(string Path, string DataPath, string? TrainPath);
