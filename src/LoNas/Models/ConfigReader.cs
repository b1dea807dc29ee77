using System.Globalization;
using System.Text.Json;
using LoNas.Storage;

namespace LoNas.Models;

/// <summary>Reads a config.json's keys and gathers what is wrong, so that one error names all of it.</summary>
public sealed class ConfigReader
{
    /// <summary>
    /// Sizes up to this can be multiplied and added over all layers without overflow; no model comes near.
    /// </summary>
    private const long LargestSize = 1L << 24;

    private const int MostLayers = 10_000;

    private readonly JsonElement _json;
    private readonly string _origin;
    private readonly string _path;
    private readonly List<string> _problems;

    /// <summary>
    /// Reads the keys of <paramref name="json"/>; <paramref name="origin"/> names the file in errors.
    /// </summary>
    public ConfigReader(JsonElement json, string origin)
        : this(json, origin, "", [])
    {
    }

    private ConfigReader(JsonElement json, string origin, string path, List<string> problems) =>
        (_json, _origin, _path, _problems) = (json, origin, path, problems);

    /// <summary>A reader of other keys, whose problems are noted here too.</summary>
    internal ConfigReader Over(JsonElement json) => new(json, _origin, _path, _problems);

    /// <summary>Whether the key is there and not null.</summary>
    public bool Has(string key) => _json.TryGetProperty(key, out var value) && value.ValueKind != JsonValueKind.Null;

    /// <summary>Whether the key is there and null.</summary>
    public bool IsNull(string key) => _json.TryGetProperty(key, out var value) && value.ValueKind == JsonValueKind.Null;

    /// <summary>A positive integer, or one of at least <paramref name="least"/>.</summary>
    public long Long(string key, long? fallback = null, long least = 1)
    {
        if (!Has(key) && fallback is { } value)
        {
            return value;
        }

        if (!Has(key))
        {
            _problems.Add($"{_path}{key} is missing");
            return 0;
        }

        var element = _json.GetProperty(key);
        if (element.ValueKind == JsonValueKind.Number && element.TryGetInt64(out long number)
            && number >= least && number <= LargestSize)
        {
            return number;
        }

        var expected = least == 1 ? "a positive integer" : $"an integer from {least}";
        _problems.Add($"{_path}{key} is {Excerpt.Of(element)}; expected {expected} up to {LargestSize}");
        return 0;
    }

    /// <summary>A number of layers.</summary>
    public int LayerCount(string key, long? fallback = null)
    {
        long count = Long(key, fallback);
        Require(count <= MostLayers, $"{_path}{key} is {count}; expected at most {MostLayers}");
        return (int)Math.Min(count, MostLayers);
    }

    /// <summary>Positive integers, as many as <paramref name="countKey"/> says; null where they are missing.</summary>
    public IReadOnlyList<long>? Longs(string key, string countKey)
    {
        if (!Has(key))
        {
            return null;
        }

        var element = _json.GetProperty(key);
        var numbers = element.ValueKind == JsonValueKind.Array
            ? element.EnumerateArray().Select(entry => entry.ValueKind == JsonValueKind.Number
                && entry.TryGetInt64(out long number) && number is > 0 and <= LargestSize ? number : 0).ToArray()
            : [];
        long count = Has(countKey) ? Long(countKey) : numbers.Length;
        if (numbers.Length == count && !numbers.Contains(0))
        {
            return numbers;
        }

        _problems.Add($"{_path}{key} is {Excerpt.Of(element)}; expected {count} positive integers, one for each layer");
        return null;
    }

    /// <summary>Numbers above 0, so many of them; empty where they are not.</summary>
    /// <param name="key">The key.</param>
    /// <param name="count">How many.</param>
    /// <param name="each">What each is for, such as <c>one for each layer</c>.</param>
    public IReadOnlyList<double> Doubles(string key, long count, string each)
    {
        double[] numbers = Has(key) && _json.GetProperty(key) is { ValueKind: JsonValueKind.Array } list
            ? [.. list.EnumerateArray().Select(
                entry => entry.ValueKind == JsonValueKind.Number ? entry.GetDouble() : double.NaN)]
            : [];
        if (numbers.Length == count && numbers.All(number => double.IsFinite(number) && number > 0))
        {
            return numbers;
        }

        var found = !Has(key) ? "missing" : numbers.Length != count && numbers.Length > 0
            ? $"a list of {numbers.Length}"
            : Excerpt.Of(_json.GetProperty(key));
        _problems.Add($"{_path}{key} is {found}; expected {count} numbers above 0, {each}");
        return [];
    }

    /// <summary>The lengths of an object's lists by their numbers; empty where it is missing.</summary>
    public IReadOnlyDictionary<int, int> Counts(string key)
    {
        var counts = new Dictionary<int, int>();
        if (!Has(key))
        {
            return counts;
        }

        var element = _json.GetProperty(key);
        bool isUsable = element.ValueKind == JsonValueKind.Object && element.EnumerateObject().All(entry =>
            int.TryParse(entry.Name, NumberStyles.None, CultureInfo.InvariantCulture, out int number)
            && entry.Value.ValueKind == JsonValueKind.Array && counts.TryAdd(number, entry.Value.GetArrayLength()));
        Require(isUsable, $"{_path}{key} is {Excerpt.Of(element)}; expected lists by the number of their layer");
        return counts;
    }

    /// <summary>How many entries an object has; null where it is missing.</summary>
    public int? Count(string key)
    {
        if (!Has(key))
        {
            return null;
        }

        var element = _json.GetProperty(key);
        if (element.ValueKind == JsonValueKind.Object && element.EnumerateObject().Any())
        {
            return element.EnumerateObject().Count();
        }

        _problems.Add($"{_path}{key} is {Excerpt.Of(element)}; expected an object with an entry for each label");
        return null;
    }

    /// <summary>The object under a key, whose problems are noted here too; null where it is missing.</summary>
    public ConfigReader? Object(string key)
    {
        if (!Has(key))
        {
            return null;
        }

        var element = _json.GetProperty(key);
        if (element.ValueKind == JsonValueKind.Object)
        {
            return new ConfigReader(element, _origin, $"{_path}{key}.", _problems);
        }

        _problems.Add($"{_path}{key} is {Excerpt.Of(element)}; expected an object");
        return null;
    }

    /// <summary>A number.</summary>
    public double Double(string key, double fallback)
    {
        if (!Has(key))
        {
            return fallback;
        }

        var element = _json.GetProperty(key);
        if (element.ValueKind == JsonValueKind.Number && double.IsFinite(element.GetDouble()))
        {
            return element.GetDouble();
        }

        _problems.Add($"{_path}{key} is {Excerpt.Of(element)}; expected a number");
        return fallback;
    }

    /// <summary>A positive number, or null.</summary>
    /// <param name="key">The key.</param>
    /// <param name="fallback">What it is where the key is absent.</param>
    public double? Bound(string key, double? fallback)
    {
        if (!Has(key))
        {
            return IsNull(key) ? null : fallback;
        }

        double bound = Double(key, 1);
        Require(bound > 0, $"{_path}{key} is {Excerpt.Of(_json.GetProperty(key))}; expected a positive number or null");
        return bound > 0 ? bound : 1;
    }

    /// <summary>True or false.</summary>
    public bool Bool(string key, bool fallback)
    {
        if (!Has(key))
        {
            return fallback;
        }

        var element = _json.GetProperty(key);
        if (element.ValueKind is JsonValueKind.True or JsonValueKind.False)
        {
            return element.GetBoolean();
        }

        _problems.Add($"{_path}{key} is {Excerpt.Of(element)}; expected true or false");
        return fallback;
    }

    /// <summary>A string.</summary>
    public string Text(string key, string fallback)
    {
        if (!Has(key))
        {
            return fallback;
        }

        var element = _json.GetProperty(key);
        if (element.ValueKind == JsonValueKind.String)
        {
            return element.GetString()!;
        }

        _problems.Add($"{_path}{key} is {Excerpt.Of(element)}; expected a string");
        return fallback;
    }

    /// <summary>A list of true and false, or 1 and 0, one for each layer; null where it is missing.</summary>
    public IReadOnlyList<bool>? Flags(string key, int count)
    {
        if (!Has(key))
        {
            return null;
        }

        var element = _json.GetProperty(key);
        bool?[] flags = element.ValueKind == JsonValueKind.Array ? [.. element.EnumerateArray().Select(Flag)] : [];
        if (flags.Length == count && !flags.Contains(null))
        {
            return [.. flags.Select(flag => flag!.Value)];
        }

        _problems.Add($"{_path}{key} is {Excerpt.Of(element)}; expected {count} times 0 or 1, one for each layer");
        return [.. Enumerable.Repeat(true, count)];

        static bool? Flag(JsonElement entry) => entry.ValueKind switch
        {
            JsonValueKind.True => true,
            JsonValueKind.False => false,
            JsonValueKind.Number when entry.TryGetInt32(out int number) && (number is 0 or 1) => number == 1,
            _ => null,
        };
    }

    /// <summary>A list of strings, one for each layer; null where it is missing.</summary>
    public IReadOnlyList<string>? Texts(string key, int count)
    {
        if (!Has(key))
        {
            return null;
        }

        var element = _json.GetProperty(key);
        if (element.ValueKind == JsonValueKind.Array && element.GetArrayLength() == count
            && element.EnumerateArray().All(entry => entry.ValueKind == JsonValueKind.String))
        {
            return [.. element.EnumerateArray().Select(entry => entry.GetString()!)];
        }

        Require(count == 0, $"{_path}{key} is {Excerpt.Of(element)}; expected {count} strings, one for each layer");
        return null;
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
    /// <exception cref="InvalidDataException">Something was; all of it is named.</exception>
    public void ThrowIfInvalid()
    {
        if (_problems.Count > 0)
        {
            throw new InvalidDataException($"The {_origin} can't be used: {string.Join("; ", _problems.Distinct())}");
        }
    }
}
