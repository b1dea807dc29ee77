using System.Text.RegularExpressions;
using LoNas.Storage;

namespace LoNas.Evaluation;

/// <summary>Reads a user's own task from a JSON file; docs/evaluation.md describes its fields.</summary>
public sealed class TaskFileReader
{
    private const int MathTokens = 256;
    private const int CommonsenseTokens = 32;

    private static readonly string[] Known =
        ["name", "data", "train_data", "template", "stop", "answer", "metric", "tolerance", "max_new_tokens"];

    private static readonly string[] KnownOfAnswer = ["pattern", "match", "ignore_case"];

    private readonly string _path;
    private readonly TaskFields _fields;

    private TaskFileReader(string path)
    {
        _path = path;
        var text = InputPath.ReadText(path, "task file");
        var root = JsonInput.Parse(text, $"task file '{path}'").RequireObject($"task file '{path}'");
        _fields = new TaskFields(root, JsonFieldLines.Of(text));
    }

    /// <summary>Reads a task, but not its data.</summary>
    /// <exception cref="InvalidDataException">
    /// The file is missing, is not JSON, or has wrong fields: all of them are named, with their lines.
    /// </exception>
    public static EvaluationTask Read(string path) => new TaskFileReader(path).Read();

    private EvaluationTask Read()
    {
        _fields.RequireKnown("", Known);
        _fields.RequireKnown("answer", KnownOfAnswer);
        var name = _fields.Text("name") ?? Path.GetFileNameWithoutExtension(_path);
        if (name.Length == 0 || name.AsSpan().ContainsAny(Path.GetInvalidFileNameChars()) || name.Contains('\\'))
        {
            _fields.Problem("name", $"is '{Excerpt.Of(name)}'; expected a name that a file can have");
        }

        var data = Beside(_fields.Text("data", required: true)) ?? "";
        var file = new TaskFile(_path, data, Beside(_fields.Text("train_data")));
        var template = _fields.Text("template") ?? "math";
        var task = new EvaluationTask(name, name, template == "commonsense" ? 24 : 28, MaxNewTokens(template), Rule())
        {
            Template = template is "math" or "commonsense" ? null : Template(template),
            File = file,
        };
        if (_fields.Problems.Count > 0)
        {
            throw new InvalidDataException(
                $"The task file '{_path}' has {_fields.Problems.Count} problems; docs/evaluation.md describes "
                + "the fields:\n  "
                + string.Join("\n  ", _fields.Problems));
        }

        return task;
    }

    private RecordTemplate Template(string text)
    {
        var template = new RecordTemplate { Text = text, Stop = _fields.Text("stop") };
        if (template.Keys.Count == 0)
        {
            _fields.Problem(
                "template", "has no place such as {instruction}; expected math, commonsense or a text with places");
        }

        return template;
    }

    private int MaxNewTokens(string template)
    {
        double value = _fields.Number("max_new_tokens") ?? (template == "commonsense" ? CommonsenseTokens : MathTokens);
        if (value < 1 || value != Math.Floor(value) || value > int.MaxValue)
        {
            _fields.Problem("max_new_tokens", $"is {value}; expected a whole number from 1");
            return 1;
        }

        return (int)value;
    }

    private AnswerRule Rule()
    {
        bool last = _fields.Choice("answer.match", "first", "last") == "last";
        var metric = _fields.Choice("metric", "exact", "number");
        double tolerance = _fields.Number("tolerance") ?? AnswerRules.NumberTolerance;
        if (tolerance < 0)
        {
            _fields.Problem("tolerance", $"is {tolerance}; expected at least 0");
        }

        var pattern = Pattern(_fields.Flag("answer.ignore_case"));
        return metric == "number"
            ? AnswerRules.MatchedNumber(pattern, last, tolerance)
            : AnswerRules.MatchedText(pattern, last);
    }

    private Regex Pattern(bool ignoreCase)
    {
        try
        {
            return AnswerRules.Pattern(_fields.Text("answer.pattern", required: true) ?? "", ignoreCase);
        }
        catch (ArgumentException error)
        {
            _fields.Problem("answer.pattern", $"is no regular expression: {Excerpt.Of(error.Message)}");
            return new Regex("");
        }
    }

    private string? Beside(string? path) => path is null
        ? null
        : Path.Combine(Path.GetDirectoryName(Path.GetFullPath(_path))!, path);
}
