using System.Text.Json;
using LoNas.Storage;

namespace LoNas.Cli.Options;

/// <summary>A JSON object of flag names and values that stands for flags.</summary>
internal static class OptionsFile
{
    /// <summary>Whether an argument names an options file.</summary>
    public static bool IsName(string argument) => argument.EndsWith(".json", StringComparison.OrdinalIgnoreCase);

    /// <summary>The entries of a file, in order.</summary>
    /// <exception cref="InvalidDataException">The file is missing, no JSON, or no object.</exception>
    public static IReadOnlyList<JsonProperty> Read(string path) =>
        [.. JsonInput.Load(path, "options file").RequireObject($"options file '{path}'").EnumerateObject()];

    /// <summary>A JSON value as the text of a flag; null where it says nothing.</summary>
    /// <exception cref="FormatException">The value's kind does not fit.</exception>
    public static string? ToText(JsonElement value, OptionShape shape) => (shape, value.ValueKind) switch
    {
        (_, JsonValueKind.String) => value.GetString(),
        (OptionShape.FreeText, JsonValueKind.Null) => null,
        (_, JsonValueKind.Null) => OptionValues.None,
        (OptionShape.List, JsonValueKind.Array) => JoinNames(value),
        (OptionShape.List, _) => throw new FormatException("expected a list of strings"),
        (OptionShape.Numbers, JsonValueKind.Array) => JoinNumbers(value),
        (OptionShape.Numbers, JsonValueKind.Number) => Excerpt.Of(value),
        (OptionShape.Numbers, _) => throw new FormatException("expected a list of numbers"),
        (OptionShape.Text or OptionShape.FreeText, _) => throw new FormatException("expected a string"),
        (_, JsonValueKind.Number or JsonValueKind.True or JsonValueKind.False) => Excerpt.Of(value),
        _ => throw new FormatException("expected a single value"),
    };

    private static string JoinNames(JsonElement array) =>
        array.EnumerateArray().All(item => item.ValueKind == JsonValueKind.String)
            ? string.Join(',', array.EnumerateArray().Select(item => item.GetString()))
            : throw new FormatException("expected a list of strings");

    private static string JoinNumbers(JsonElement array) =>
        array.EnumerateArray().All(item => item.ValueKind == JsonValueKind.Number)
            ? string.Join(',', array.EnumerateArray().Select(item => Excerpt.Of(item)))
            : throw new FormatException("expected a list of numbers");
}
