using System.Text.Json;
using LoNas.Storage;
using LoNas.Text;

namespace LoNas.Data;

/// <summary>One task of an instruction data set.</summary>
public sealed record InstructionRecord
{
    /// <summary>The task; never empty.</summary>
    public required string Instruction { get; init; }

    /// <summary>Further context; empty for none.</summary>
    public string Input { get; init; } = "";

    /// <summary>The response to learn, with its reasoning.</summary>
    public string Output { get; init; } = "";

    /// <summary>
    /// The answer that predictions are compared with: text as it is, a JSON number as it was written, a JSON boolean as
    /// <c>true</c> or <c>false</c>. Empty where the record has none, and in a training set where it is none of these.
    /// </summary>
    public string Answer { get; init; } = "";

    /// <summary>The file that it was read from; null for a record made in code.</summary>
    public string? File { get; init; }

    /// <summary>Its number in that file, from 1; 0 for a record made in code.</summary>
    public int Number { get; init; }

    /// <summary>The record as it was read, with all its keys; undefined for a record made in code.</summary>
    public JsonElement Source { get; init; }
}

/// <summary>Reads one record and gathers what is wrong with it.</summary>
internal sealed class InstructionRecordReader(bool isTestSet)
{
    private readonly List<RecordProblem> _problems = [];

    public IReadOnlyList<RecordProblem> Problems => _problems;

    /// <summary>The record, or null where there are <see cref="Problems"/>.</summary>
    /// <param name="element">The record; undefined where it is not whole.</param>
    /// <param name="file">The file.</param>
    /// <param name="number">The record's number in it.</param>
    /// <param name="problem">Why it is not whole, where that is known.</param>
    public InstructionRecord? Read(JsonElement element, string file, int number, string? problem = null)
    {
        if (element.ValueKind != JsonValueKind.Object)
        {
            _problems.Add(new(element.ValueKind == JsonValueKind.Undefined
                ? problem ?? "no whole JSON object; expected one record on each line"
                : $"is {Name(element)}; expected an object with 'instruction', 'input', 'output' and 'answer'"));
            return null;
        }

        var record = new InstructionRecord
        {
            Instruction = Text(element, "instruction", isRequired: true),
            Input = IsEmptyCell(element, "input") ? "" : Text(element, "input", isRequired: false),
            Output = isTestSet ? Unused(element, "output") : Text(element, "output", isRequired: true),
            Answer = Answer(element),
            File = file,
            Number = number,
            Source = element,
        };
        if (_problems.Count == 0 && string.IsNullOrWhiteSpace(record.Instruction))
        {
            _problems.Add(new("'instruction' is empty; expected text"));
        }

        return _problems.Count == 0 ? record : null;
    }

    /// <summary>Whether a key is what pandas writes for an empty cell.</summary>
    private static bool IsEmptyCell(JsonElement element, string key) =>
        element.TryGetProperty(key, out var value) && NonFiniteJson.NameOf(value) == "NaN";

    /// <summary>The text of a key that is not needed; empty where it holds none.</summary>
    private static string Unused(JsonElement element, string key) =>
        element.TryGetProperty(key, out var value) ? TextOf(value) ?? "" : "";

    /// <summary>A text, or a number as the reference's f-string writes it; null for anything else.</summary>
    public static string? TextOf(JsonElement value) => value.ValueKind switch
    {
        JsonValueKind.String => value.GetString(),
        JsonValueKind.Number => PythonNumber.ToText(value),
        _ => null,
    };

    private string Text(JsonElement element, string key, bool isRequired)
    {
        if (!element.TryGetProperty(key, out var value) || (value.ValueKind == JsonValueKind.Null && !isRequired))
        {
            if (isRequired)
            {
                _problems.Add(new($"'{key}' is missing; expected text", IsOfKeys: true));
            }

            return "";
        }

        var text = TextOf(value);
        if (text is null)
        {
            _problems.Add(new($"'{key}' is {Name(value)}; expected text"));
        }

        return text ?? "";
    }

    private string Answer(JsonElement element)
    {
        var kind = element.TryGetProperty("answer", out var value) ? value.ValueKind : JsonValueKind.Undefined;
        switch (kind)
        {
            case JsonValueKind.String when isTestSet && string.IsNullOrWhiteSpace(value.GetString()):
                _problems.Add(new("'answer' is empty; expected text, a number, true or false"));
                return "";
            case JsonValueKind.String:
                return value.GetString()!;
            case JsonValueKind.Number when double.IsFinite(value.GetDouble()):
                return value.GetRawText();
            case JsonValueKind.True:
                return "true";
            case JsonValueKind.False:
                return "false";
            case var _ when !isTestSet:
                return ""; // a search by accuracy asks for it
            default:
                var found = kind == JsonValueKind.Undefined ? "missing" : Name(value);
                _problems.Add(new(
                    $"'answer' is {found}; expected text, a number, true or false", kind == JsonValueKind.Undefined));
                return "";
        }
    }

    /// <summary>What a value is, for messages.</summary>
    public static string Name(JsonElement value) => value.ValueKind switch
    {
        JsonValueKind.Undefined => "missing",
        JsonValueKind.Object => "an object",
        JsonValueKind.Array => "an array",
        JsonValueKind.Number => $"the number {Excerpt.Of(value)}",
        JsonValueKind.String => "text",
        JsonValueKind.Null => "null",
        _ => value.GetRawText(),
    };
}
