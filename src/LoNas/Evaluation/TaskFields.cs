using System.Text.Json;
using LoNas.Storage;

namespace LoNas.Evaluation;

/// <summary>Reads the fields of a task file by path and gathers what is wrong with them, with line numbers.</summary>
internal sealed class TaskFields(JsonElement root, IReadOnlyDictionary<string, int> lines)
{
    /// <summary>A task has fewer fields, so a file with more problems is not a task.</summary>
    private const int MostProblems = 40;

    private readonly List<string> _problems = [];

    public IReadOnlyList<string> Problems => _problems;

    /// <summary>Adds a problem with a field.</summary>
    public void Problem(string field, string text)
    {
        if (_problems.Count < MostProblems)
        {
            var name = Excerpt.Of(field);
            var place = lines.TryGetValue(field, out int line) ? $"line {line}: " : "";
            _problems.Add($"{place}'{name}' {text}");
        }
    }

    /// <summary>Adds a problem for each unknown field of an object; the path of the root is empty.</summary>
    public void RequireKnown(string path, IReadOnlyList<string> known)
    {
        if (path.Length > 0 && Find(path) is not { ValueKind: JsonValueKind.Object })
        {
            return;
        }

        var element = path.Length == 0 ? root : Find(path)!.Value;
        foreach (var name in element.EnumerateObject().Select(field => field.Name)
            .Where(name => !known.Contains(name)).Take(MostProblems))
        {
            Problem(path.Length == 0 ? name : $"{path}.{name}", $"is unknown; known are {string.Join(", ", known)}");
        }
    }

    /// <summary>A text; null if it is absent or wrong.</summary>
    public string? Text(string field, bool required = false)
    {
        var value = Find(field);
        if (value is { ValueKind: JsonValueKind.String } && (!required || value.Value.GetString()!.Length > 0))
        {
            return value.Value.GetString();
        }

        if (value is not null)
        {
            var expected = required ? "a text that is not empty" : "a text";
            Problem(field, $"is {Excerpt.Of(value.Value)}; expected {expected}");
        }
        else if (required)
        {
            Problem(field, "is missing; expected a text");
        }

        return null;
    }

    /// <summary>One of several words; the first of them if it is absent or wrong.</summary>
    public string Choice(string field, params string[] words)
    {
        var text = Text(field) ?? words[0];
        if (words.Contains(text))
        {
            return text;
        }

        Problem(field, $"is '{Excerpt.Of(text)}'; expected {string.Join(" or ", words)}");
        return words[0];
    }

    /// <summary>A number; null if it is absent or wrong.</summary>
    public double? Number(string field)
    {
        var value = Find(field);
        if (value is { ValueKind: JsonValueKind.Number } && double.IsFinite(value.Value.GetDouble()))
        {
            return value.Value.GetDouble();
        }

        if (value is not null)
        {
            Problem(field, $"is {Excerpt.Of(value.Value)}; expected a number");
        }

        return null;
    }

    /// <summary>True or false; false if it is absent or wrong.</summary>
    public bool Flag(string field)
    {
        var value = Find(field);
        if (value is not (null or { ValueKind: JsonValueKind.True or JsonValueKind.False }))
        {
            Problem(field, $"is {Excerpt.Of(value.Value)}; expected true or false");
        }

        return value is { ValueKind: JsonValueKind.True };
    }

    /// <summary>The value of a path; null if it, or an object on the way, is absent.</summary>
    private JsonElement? Find(string path)
    {
        var element = root;
        foreach (var name in path.Split('.'))
        {
            if (element.ValueKind != JsonValueKind.Object || !element.TryGetProperty(name, out element)
                || element.ValueKind == JsonValueKind.Null)
            {
                return null;
            }
        }

        return element;
    }
}
