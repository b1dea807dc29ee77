using System.Text.Json;

namespace LoNas.Storage;

/// <summary>
/// A value in a JSON configuration that knows its path and collects errors, so that reading a file once finds all of
/// them. A missing or null value reads as its default. An invalid value adds an error and reads as its default, too.
/// </summary>
internal sealed class ConfigurationNode
{
    private const int MostErrors = 200;

    /// <summary>A file of another kind has an error for every entry; this many are enough to see that.</summary>
    private const int MostShown = 20;
    private const int LongestPath = 400;

    private readonly JsonElement _element;
    private readonly List<string> _errors;
    private readonly ConfigurationNode? _parent;
    private readonly string? _key;
    private readonly int _index;

    /// <summary>The root of a document. Errors are added to <paramref name="errors"/>, one line each.</summary>
    public ConfigurationNode(JsonElement element, List<string> errors) => (_element, _errors) = (element, errors);

    private ConfigurationNode(JsonElement element, ConfigurationNode parent, string? key, int index) =>
        (_element, _errors, _parent, _key, _index) = (element, parent._errors, parent, key, index);

    /// <summary>Throws if there are errors.</summary>
    /// <exception cref="InvalidDataException">
    /// There are errors; the message is the summary and the first errors, one on each line.
    /// </exception>
    public static void ThrowIfAny(IReadOnlyCollection<string> errors, string summary)
    {
        if (errors.Count > 0)
        {
            var rest = errors.Count > MostShown ? $"\nand {errors.Count - MostShown} more" : "";
            throw new InvalidDataException($"{summary}:\n{string.Join('\n', errors.Take(MostShown))}{rest}");
        }
    }

    /// <summary>The JSON path, such as <c>bootstrapNAS.search.population</c>. It is built only on request.</summary>
    public string Path => _parent is null ? ""
        : _key is null ? $"{_parent.Path}[{_index}]"
        : _parent._parent is null ? _key
        : $"{_parent.Path}.{_key}";

    public bool IsPresent => _element.ValueKind is not (JsonValueKind.Undefined or JsonValueKind.Null);

    public bool IsObject => _element.ValueKind == JsonValueKind.Object;

    public ConfigurationNode this[string key] => new(
        IsObject && _element.TryGetProperty(key, out var value) ? value : default, this, key, 0);

    /// <summary>
    /// Adds an error for this value. Stops at 200 errors: a file with so many is of another kind, and more errors tell
    /// nothing new.
    /// </summary>
    public void AddError(string problem)
    {
        if (_errors.Count < MostErrors)
        {
            _errors.Add($"{Excerpt.Of(Path, LongestPath)}: {problem}");
        }
    }

    /// <summary>
    /// Returns this node after adding an error for every key that is not in <paramref name="known"/> or occurs twice.
    /// </summary>
    public ConfigurationNode Object(params string[] known)
    {
        if (!IsObject)
        {
            NoteKind("an object");
            return this;
        }

        var seen = new HashSet<string>();
        foreach (var property in _element.EnumerateObject())
        {
            if (_errors.Count == MostErrors)
            {
                break;
            }

            if (!seen.Add(property.Name))
            {
                Member(property).AddError("the key comes twice; keep one");
            }
            else if (!known.Contains(property.Name))
            {
                Member(property).AddError($"unknown key; known here: {string.Join(", ", known)}");
            }
        }

        return this;
    }

    /// <summary>
    /// The node of a member that was found by enumerating. Looking up each member by name is slow if there are many.
    /// </summary>
    public ConfigurationNode Member(JsonProperty property) =>
        new(property.Value, this, property.Name, 0);

    public IReadOnlyList<ConfigurationNode> Items()
    {
        if (_element.ValueKind == JsonValueKind.Array)
        {
            return [.. _element.EnumerateArray().Select(At)];
        }

        NoteKind("an array");
        return [];
    }

    /// <summary>The member <paramref name="key"/>. If this node exists, a missing member is an error.</summary>
    public ConfigurationNode Required(string key)
    {
        var member = this[key];
        if (IsObject && !member.IsPresent)
        {
            member.AddError("is missing");
        }

        return member;
    }

    public int Integer(int fallback, int minimum, int maximum = int.MaxValue)
    {
        double value = Number(fallback, minimum, maximum);
        if (value == Math.Floor(value))
        {
            return (int)value;
        }

        AddError($"{Excerpt.Of(_element)} is no whole number");
        return fallback;
    }

    public double Number(
        double fallback, double minimum = double.NegativeInfinity, double maximum = double.PositiveInfinity)
    {
        if (_element.ValueKind != JsonValueKind.Number)
        {
            NoteKind("a number");
            return fallback;
        }

        if (!double.IsFinite(_element.GetDouble()))
        {
            AddError($"{Excerpt.Of(_element)} is not finite; expected a number up to {Math.Min(maximum, 1e308)}");
            return fallback;
        }

        double value = _element.GetDouble();
        if (value >= minimum && value <= maximum)
        {
            return value;
        }

        string limit = value < minimum ? $"at least {minimum}" : $"at most {maximum}";
        AddError($"{Excerpt.Of(_element)} is out of range; expected {limit}");
        return fallback;
    }

    public bool Boolean(bool fallback)
    {
        if (_element.ValueKind is JsonValueKind.True or JsonValueKind.False)
        {
            return _element.GetBoolean();
        }

        NoteKind("true or false");
        return fallback;
    }

    public string? Text()
    {
        if (_element.ValueKind == JsonValueKind.String)
        {
            return _element.GetString();
        }

        NoteKind("a text");
        return null;
    }

    /// <summary>A text that must be one of <paramref name="allowed"/>; the first is the default.</summary>
    public string Choice(params string[] allowed)
    {
        if (Text() is not { } text)
        {
            return allowed[0];
        }

        if (!allowed.Contains(text))
        {
            AddError($"'{Excerpt.Of(text)}' is not supported; expected {string.Join(" or ", allowed)}");
        }

        return text;
    }

    private ConfigurationNode At(JsonElement item, int index)
    {
        var node = new ConfigurationNode(item, this, null, index);
        if (!node.IsPresent)
        {
            node.AddError("expected a value, found null");
        }

        return node;
    }

    private void NoteKind(string expected)
    {
        if (IsPresent)
        {
            AddError($"expected {expected}, found {_element.ValueKind}");
        }
    }
}
