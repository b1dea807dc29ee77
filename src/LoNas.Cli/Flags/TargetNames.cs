using System.Text.Json.Nodes;
using System.Text.RegularExpressions;
using LoNas.Cli.Options;
using LoNas.Elastic;

namespace LoNas.Cli.Flags;

/// <summary>
/// The layers that get an adapter, in the forms that people write them: names with commas or spaces between them, a
/// list of JSON or Python, one regular expression, or <c>all-linear</c>.
/// </summary>
internal static class TargetNames
{
    /// <summary>Characters that no path of a layer has, and that a regular expression is told by.</summary>
    private const string PatternCharacters = @"\*+?()[]{}|^$";

    private static readonly char[] Quotes = ['\'', '"', '`', '‘', '’', '“', '”'];

    public static OptionValue<IReadOnlyList<string>> Value { get; } = new(
        OptionShape.List,
        "A,B,...|REGEX|all-linear",
        Parse,
        names => new JsonArray([.. names.Select(name => (JsonNode)JsonValue.Create(name))]));

    /// <summary>The same where none may be given.</summary>
    public static OptionValue<IReadOnlyList<string>?> Optional { get; } = new(
        Value.Shape, Value.Label, text => IsNone(text) ? null : Parse(text),
        names => names is null ? null : Value.ToJson(names));

    /// <summary>The options with these targets.</summary>
    public static LoraOptions Of(LoraOptions options, IReadOnlyList<string> names) =>
        options with { TargetModules = names, TargetIsPattern = IsPattern(names) };

    /// <summary>Notes what is wrong with them.</summary>
    public static void Check(OptionProblems problems, IReadOnlyList<string> names) => problems
        .When(names.Distinct().Count() != names.Count,
            $"--target_modules names a layer twice: {string.Join(',', names)}", "target_modules")
        .When(names.Count > 1 && names.Any(LoraOptions.IsAllLinearName),
            $"--target_modules is '{string.Join(',', names)}'; {LoraOptions.AllLinear} stands alone", "target_modules")
        .When(IsPattern(names) && !LoraOptions.IsAllLinearName(names[0]) && ErrorOf(names[0]) is not null,
            $"--target_modules is no regular expression: {(IsPattern(names) ? ErrorOf(names[0]) : null)}; expected "
            + "names such as q_proj,v_proj",
            "target_modules");

    private static IReadOnlyList<string> Parse(string text)
    {
        text = IsNone(text) ? "" : text.Trim();
        bool isList = IsEnclosed(text, "[]") || (IsEnclosed(text, "()") && text.IndexOfAny(Quotes) > 0);
        string items = isList ? text[1..^1] : text;
        return !isList && IsPattern(text)
            ? [text]
            : [.. items.Split([',', ' ', '\t', '\n'], StringSplitOptions.RemoveEmptyEntries)
                .Select(name => name.Trim(Quotes)).Where(name => name.Length > 0)];
    }

    private static bool IsNone(string text) => text.Equals(OptionValues.None, StringComparison.OrdinalIgnoreCase);

    private static bool IsPattern(IReadOnlyList<string> names) =>
        names.Count == 1 && (LoraOptions.IsAllLinearName(names[0]) || IsPattern(names[0]));

    private static bool IsPattern(string text) => text.AsSpan().IndexOfAny(PatternCharacters) >= 0;

    /// <summary>Whether a text stands in one pair of brackets and holds no other.</summary>
    private static bool IsEnclosed(string text, string brackets) => text.Length > 1
        && text[0] == brackets[0] && text[^1] == brackets[1] && text.AsSpan()[1..^1].IndexOfAny(brackets) < 0;

    private static string? ErrorOf(string pattern)
    {
        try
        {
            // Alone, for its own message; then as it is matched, in which a comment would go on to the end.
            _ = new Regex(pattern);
            _ = Of(new LoraOptions(), [pattern]).Targets("");
            return null;
        }
        catch (ArgumentException error)
        {
            return error.Message;
        }
    }
}
