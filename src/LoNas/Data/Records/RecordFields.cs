using System.Text;
using System.Text.Json;

namespace LoNas.Data.Records;

/// <summary>Reads the fields of one record and keeps what is wrong with it.</summary>
internal sealed class RecordFields(RecordShape shape)
{
    private readonly List<string> _problems = [];
    private JsonElement _record;

    /// <summary>What is wrong with the record; empty where nothing is.</summary>
    public string Problem => string.Join("; ", _problems);

    public bool IsSound => _problems.Count == 0;

    public void Begin(JsonElement record)
    {
        _problems.Clear();
        _record = record;
    }

    public void Refuse(string problem) => _problems.Add(problem);

    /// <summary>A field; undefined where it is missing or null.</summary>
    public JsonElement Find(string field) =>
        _record.TryGetProperty(shape.Key(field), out var value) && value.ValueKind != JsonValueKind.Null
            ? value : default;

    /// <summary>A field that must be there.</summary>
    public JsonElement Require(string field, string expected)
    {
        if (!_record.TryGetProperty(shape.Key(field), out var value))
        {
            Refuse($"'{shape.Key(field)}' is missing; expected {expected}");
        }

        return value;
    }

    /// <summary>The text of a field, which may be a number; null where it has none.</summary>
    /// <param name="field">The field.</param>
    /// <param name="isNeeded">Whether it must be there.</param>
    /// <param name="mayBeEmpty">Whether it may be empty or white space alone.</param>
    public string? Text(string field, bool isNeeded = true, bool mayBeEmpty = false)
    {
        var value = isNeeded ? Require(field, "text") : Find(field);
        if (value.ValueKind == JsonValueKind.Undefined)
        {
            return null;
        }

        var text = InstructionRecordReader.TextOf(value);
        if (text is null)
        {
            Refuse($"'{shape.Key(field)}' is {InstructionRecordReader.Name(value)}; expected text");
        }
        else if (!mayBeEmpty && string.IsNullOrWhiteSpace(text))
        {
            Refuse($"'{shape.Key(field)}' is empty; expected text");
        }

        return text;
    }

    /// <summary>A field that holds a list or an object, which may be written as a text of JSON.</summary>
    /// <param name="field">The field.</param>
    /// <param name="kind">What it must hold.</param>
    /// <param name="expected">The same for people.</param>
    /// <returns>It; undefined where it is missing, null or an empty text.</returns>
    public JsonElement Nested(string field, JsonValueKind kind, string expected)
    {
        var value = Find(field);
        if (value.ValueKind == JsonValueKind.Undefined || (value.ValueKind == JsonValueKind.String
            && string.IsNullOrWhiteSpace(value.GetString())))
        {
            return default;
        }

        var found = Nested(value, out var problem);
        if (found.ValueKind != kind)
        {
            Refuse($"'{shape.Key(field)}' is {problem ?? InstructionRecordReader.Name(value)}; expected {expected}");
            return default;
        }

        return found;
    }

    /// <summary>A value itself, or what a text of JSON holds, as cells of CSV and some data sets have it.</summary>
    /// <param name="value">The value.</param>
    /// <param name="problem">Why a text holds nothing.</param>
    public static JsonElement Nested(JsonElement value, out string? problem)
    {
        problem = null;
        if (value.ValueKind != JsonValueKind.String)
        {
            return value;
        }

        var text = value.GetString()!.AsSpan().Trim();
        if (text is not (['[', ..] or ['{', ..]))
        {
            return value;
        }

        var found = RawRecord.Value(Encoding.UTF8.GetBytes(text.ToArray()), out problem, out _);
        problem = problem is null ? null : $"text with {problem}";
        return found;
    }
}
