using System.Globalization;
using System.Numerics;
using System.Text.Json;
using System.Text.Json.Nodes;

namespace LoNas.Cli.Options;

/// <summary>The kinds of values that flags take. Numbers are read alike in every culture.</summary>
internal static class OptionValues
{
    private const NumberStyles WholeNumber = NumberStyles.AllowLeadingSign;
    private const NumberStyles AnyNumber =
        NumberStyles.AllowLeadingSign | NumberStyles.AllowDecimalPoint | NumberStyles.AllowExponent;

    /// <summary>The word for "no value", as Python's command lines write it.</summary>
    public const string None = "None";

    public static OptionValue<bool> Switch { get; } =
        new(OptionShape.Switch, "", ParseBoolean, value => JsonValue.Create(value)) { Choices = ["True", "False"] };

    public static OptionValue<int> Integer { get; } =
        new(OptionShape.Scalar, "N", ParseInteger, value => JsonValue.Create(value));

    public static OptionValue<int?> OptionalInteger { get; } =
        new(OptionShape.Scalar, "N", text => IsNone(text) ? null : ParseInteger(text),
            value => JsonValue.Create(value));

    public static OptionValue<long> Seed { get; } =
        new(OptionShape.Scalar, "N", ParseLong, value => JsonValue.Create(value));

    public static OptionValue<double> Number { get; } =
        new(OptionShape.Scalar, "X", ParseNumber, value => JsonValue.Create(value));

    public static OptionValue<double?> OptionalNumber { get; } =
        new(OptionShape.Scalar, "X", text => IsNone(text) ? null : ParseNumber(text), value => JsonValue.Create(value));

    /// <summary>A number that may end in K, M, G (or B) or T for its power of a thousand.</summary>
    public static OptionValue<double?> OptionalAmount { get; } =
        new(OptionShape.Scalar, "X[M|G|T]", text => IsNone(text) ? null : ParseAmount(text),
            value => JsonValue.Create(value));

    public static OptionValue<string?> FreeText { get; } =
        new(OptionShape.FreeText, "TEXT", text => text, value => JsonValue.Create(value));

    public static OptionValue<IReadOnlyList<string>> List { get; } =
        new(OptionShape.List, "A,B,...", ParseList, ToJson);

    /// <summary>Numbers; null where there is none.</summary>
    public static OptionValue<IReadOnlyList<double>?> Numbers { get; } = NumbersOf(ParseNumber);

    /// <summary>Whole numbers; null where there is none.</summary>
    public static OptionValue<IReadOnlyList<int>?> Integers { get; } = NumbersOf(ParseInteger);

    /// <summary>A name or path; <c>None</c> and an empty text mean that there is none.</summary>
    public static OptionValue<string?> Text(string label) =>
        new(OptionShape.Text, label, text => IsNone(text) || text.Length == 0 ? null : text,
            value => JsonValue.Create(value));

    /// <summary>One of an enumeration's names, written in snake case.</summary>
    public static OptionValue<T> Choice<T>()
        where T : struct, Enum
    {
        var names = ChoiceNames<T>();
        return new(OptionShape.Scalar, string.Join('|', names.Keys), text => ParseChoice(names, text),
            value => JsonValue.Create(ChoiceName(value)))
        {
            Choices = [.. names.Keys],
        };
    }

    /// <summary>The same where there may be none.</summary>
    public static OptionValue<T?> OptionalChoice<T>()
        where T : struct, Enum
    {
        var names = ChoiceNames<T>();
        return new(
            OptionShape.Scalar, string.Join('|', names.Keys), text => IsNone(text) ? null : ParseChoice(names, text),
            value => value is { } chosen ? JsonValue.Create(ChoiceName(chosen)) : null)
        {
            Choices = [.. names.Keys],
        };
    }

    /// <summary>One of some names, whatever their case; null where nothing was said.</summary>
    public static OptionValue<T?> OneOf<T>(IReadOnlyDictionary<string, T> names)
        where T : struct => new(
            OptionShape.Scalar, string.Join('|', names.Keys), text => ParseChoice(names, text),
            value => value is { } chosen
                ? JsonValue.Create(names.First(entry => entry.Value.Equals(chosen)).Key)
                : null)
        {
            Choices = [.. names.Keys],
        };

    private static Dictionary<string, T> ChoiceNames<T>()
        where T : struct, Enum =>
        Enum.GetValues<T>().ToDictionary(ChoiceName, value => value, StringComparer.OrdinalIgnoreCase);

    private static T ParseChoice<T>(IReadOnlyDictionary<string, T> names, string text) =>
        names.TryGetValue(text, out var value)
        ? value
        : throw new FormatException($"allowed: {string.Join(", ", names.Keys)}");

    private static OptionValue<IReadOnlyList<T>?> NumbersOf<T>(Func<string, T> parse) => new(
        OptionShape.Numbers,
        "N,N,...",
        text => IsNone(text) ? null : [.. ParseList(text).Select(parse)],
        numbers => numbers is null
            ? null
            : new JsonArray([.. numbers.Select(number => (JsonNode)JsonValue.Create(number)!)]));

    private static string ChoiceName<T>(T value)
        where T : struct, Enum => JsonNamingPolicy.SnakeCaseLower.ConvertName(value.ToString());

    private static bool IsNone(string text) => text.Equals(None, StringComparison.OrdinalIgnoreCase);

    private static bool ParseBoolean(string text) => text.ToLowerInvariant() switch
    {
        "true" or "1" => true,
        "false" or "0" => false,
        _ => throw new FormatException("expected True or False"),
    };

    private static int ParseInteger(string text) => ParseWhole<int>(text);

    private static long ParseLong(string text) => ParseWhole<long>(text);

    private static T ParseWhole<T>(string text)
        where T : IBinaryInteger<T>, IMinMaxValue<T> =>
        T.TryParse(text, WholeNumber, CultureInfo.InvariantCulture, out var value) ? value
        : !BigInteger.TryParse(text, WholeNumber, CultureInfo.InvariantCulture, out var number)
            ? throw new FormatException("expected a whole number")
        : number > 0 ? throw new FormatException($"that is too large; expected at most {T.MaxValue}")
        : throw new FormatException($"that is too small; expected at least {T.MinValue}");

    private static double ParseNumber(string text) =>
        !double.TryParse(text, AnyNumber, CultureInfo.InvariantCulture, out double value) || double.IsNaN(value)
            || text.Contains("inf", StringComparison.OrdinalIgnoreCase)
            ? throw new FormatException("expected a number such as 0.1 or 3e-4")
        : double.IsFinite(value) ? value
        : throw new FormatException($"that is beyond every number; expected at most {Largest}");

    private static string Largest => double.MaxValue.ToString(CultureInfo.InvariantCulture);

    private static double ParseAmount(string text)
    {
        int power = text.Length > 0 ? " KMGT".IndexOf(char.ToUpperInvariant(text[^1]), StringComparison.Ordinal) : -1;
        power = text.EndsWith('B') || text.EndsWith('b') ? 3 : power;
        double amount = power <= 0 ? ParseNumber(text) : ParseNumber(text[..^1]) * Math.Pow(1000, power);
        return double.IsFinite(amount) ? amount
            : throw new FormatException($"that is beyond every number; expected at most {Largest}");
    }

    private static IReadOnlyList<string> ParseList(string text) =>
        IsNone(text) ? [] : text.Split(',', StringSplitOptions.TrimEntries | StringSplitOptions.RemoveEmptyEntries);

    private static JsonArray ToJson(IReadOnlyList<string> names) =>
        new([.. names.Select(name => (JsonNode)JsonValue.Create(name))]);
}
