using System.Text.Json;
using LoNas.Storage;

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
    /// <c>true</c> or <c>false</c>. Empty where the record has none.
    /// </summary>
    public string Answer { get; init; } = "";

    /// <summary>The record as it was read, with all its keys; undefined for a record made in code.</summary>
    public JsonElement Source { get; init; }
}

/// <summary>Reads one record and gathers what is wrong with it.</summary>
internal sealed class InstructionRecordReader(bool isTestSet)
{
    private readonly List<string> _problems = [];

    public IReadOnlyList<string> Problems => _problems;

    /// <summary>The record, or null where there are <see cref="Problems"/>.</summary>
    public InstructionRecord? Read(JsonElement element)
    {
        if (element.ValueKind != JsonValueKind.Object)
        {
            _problems.Add($"is {Name(element)}; expected an object with 'instruction', 'input', 'output' and 'answer'");
            return null;
        }

        var record = new InstructionRecord
        {
            Instruction = Text(element, "instruction", isRequired: true),
            Input = Text(element, "input", isRequired: false),
            Output = Text(element, "output", isRequired: !isTestSet),
            Answer = Answer(element),
            Source = element,
        };
        if (_problems.Count == 0 && string.IsNullOrWhiteSpace(record.Instruction))
        {
            _problems.Add("'instruction' is empty; expected text");
        }

        return _problems.Count == 0 ? record : null;
    }

    private string Text(JsonElement element, string key, bool isRequired)
    {
        if (!element.TryGetProperty(key, out var value) || (value.ValueKind == JsonValueKind.Null && !isRequired))
        {
            if (isRequired)
            {
                _problems.Add($"'{key}' is missing; expected text");
            }

            return "";
        }

        if (value.ValueKind == JsonValueKind.String)
        {
            return value.GetString()!;
        }

        _problems.Add($"'{key}' is {Name(value)}; expected text");
        return "";
    }

    private string Answer(JsonElement element)
    {
        var kind = element.TryGetProperty("answer", out var value) ? value.ValueKind : JsonValueKind.Undefined;
        switch (kind)
        {
            case JsonValueKind.String when isTestSet && string.IsNullOrWhiteSpace(value.GetString()):
                _problems.Add("'answer' is empty; expected text, a number, true or false");
                return "";
            case JsonValueKind.String:
                return value.GetString()!;
            case JsonValueKind.Number:
                return value.GetRawText();
            case JsonValueKind.True:
                return "true";
            case JsonValueKind.False:
                return "false";
            case JsonValueKind.Undefined or JsonValueKind.Null when !isTestSet:
                return "";
            default:
                var found = kind == JsonValueKind.Undefined ? "missing" : Name(value);
                _problems.Add($"'answer' is {found}; expected text, a number, true or false");
                return "";
        }
    }

    private static string Name(JsonElement value) => value.ValueKind switch
    {
        JsonValueKind.Object => "an object",
        JsonValueKind.Array => "an array",
        JsonValueKind.Number => $"the number {Excerpt.Of(value)}",
        JsonValueKind.String => "text",
        JsonValueKind.Null => "null",
        _ => value.GetRawText(),
    };
}
