using System.Text.Json;

namespace LoNas.Models;

/// <summary>Reads a config.json's keys and gathers what is wrong, so that one error names all of it.</summary>
internal sealed class ConfigReader(JsonElement json, string origin)
{
    private readonly List<string> _problems = [];

    /// <summary>Whether the key is there and not null.</summary>
    public bool Has(string key) => json.TryGetProperty(key, out var value) && value.ValueKind != JsonValueKind.Null;

    /// <summary>A positive integer.</summary>
    public long Long(string key, long? fallback = null)
    {
        if (!Has(key) && fallback is { } value)
        {
            return value;
        }

        if (!Has(key))
        {
            _problems.Add($"{key} is missing");
            return 0;
        }

        var element = json.GetProperty(key);
        if (element.ValueKind == JsonValueKind.Number && element.TryGetInt64(out long number) && number is > 0 and < 1L << 40)
        {
            return number;
        }

        _problems.Add($"{key} is {element.GetRawText()}; expected a positive integer");
        return 0;
    }

    /// <summary>A number.</summary>
    public double Double(string key, double fallback)
    {
        if (!Has(key))
        {
            return fallback;
        }

        var element = json.GetProperty(key);
        if (element.ValueKind == JsonValueKind.Number)
        {
            return element.GetDouble();
        }

        _problems.Add($"{key} is {element.GetRawText()}; expected a number");
        return fallback;
    }

    /// <summary>True or false.</summary>
    public bool Bool(string key, bool fallback)
    {
        if (!Has(key))
        {
            return fallback;
        }

        var element = json.GetProperty(key);
        if (element.ValueKind is JsonValueKind.True or JsonValueKind.False)
        {
            return element.GetBoolean();
        }

        _problems.Add($"{key} is {element.GetRawText()}; expected true or false");
        return fallback;
    }

    /// <summary>A string.</summary>
    public string Text(string key, string fallback)
    {
        if (!Has(key))
        {
            return fallback;
        }

        var element = json.GetProperty(key);
        if (element.ValueKind == JsonValueKind.String)
        {
            return element.GetString()!;
        }

        _problems.Add($"{key} is {element.GetRawText()}; expected a string");
        return fallback;
    }

    /// <summary>Notes a problem unless <paramref name="condition"/> holds.</summary>
    public void Require(bool condition, string problem)
    {
        if (!condition)
        {
            _problems.Add(problem);
        }
    }

    /// <summary>Fails if anything was wrong.</summary>
    public void ThrowIfInvalid()
    {
        if (_problems.Count > 0)
        {
            throw new InvalidDataException($"The {origin} can't be used: {string.Join("; ", _problems)}");
        }
    }
}
