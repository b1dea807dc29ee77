using System.Text.Json.Nodes;
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

    /// <summary>Layers that get no adapter.</summary>
    public static OptionValue<IReadOnlyList<string>> Excluded { get; } =
        new(Value.Shape, "A,B,...|REGEX", Value.Parse, Value.ToJson);

    /// <summary>The options with these targets.</summary>
    public static LoraOptions Of(LoraOptions options, IReadOnlyList<string> names) =>
        options with { TargetModules = names, TargetIsPattern = IsPattern(names) };

    /// <summary>Notes what is wrong with them.</summary>
    public static void Check(OptionProblems problems, IReadOnlyList<string> names)
    {
        CheckNames(problems, "target_modules", names, "q_proj,v_proj");
        problems.When(names.Count > 1 && names.Any(LoraOptions.IsAllLinearName),
            $"--target_modules is '{string.Join(',', names)}'; {LoraOptions.AllLinear} stands alone", "target_modules");
    }

    /// <summary>The same of any names of layers, or one regular expression.</summary>
    /// <param name="problems">Where to.</param>
    /// <param name="flag">The flag.</param>
    /// <param name="names">What it holds.</param>
    /// <param name="example">Names that it could hold.</param>
    public static void CheckNames(
        OptionProblems problems, string flag, IReadOnlyList<string> names, string example)
    {
        var problem = IsExpression(names) ? LoraOptions.PatternProblem(names[0]) : null;
        problems
            .When(names.Distinct().Count() != names.Count,
                $"--{flag} names a layer twice: {string.Join(',', names)}", flag)
            .When(problem is not null, $"--{flag} is no {problem}; expected names such as {example}", flag);
    }

    /// <summary>Whether they are one text that means more than a name.</summary>
    public static bool IsPattern(IReadOnlyList<string> names) =>
        IsExpression(names) || (names.Count == 1 && LoraOptions.IsAllLinearName(names[0]));

    /// <summary>Whether they are one regular expression.</summary>
    public static bool IsExpression(IReadOnlyList<string> names) => names.Count == 1 && IsPattern(names[0]);

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

    private static bool IsPattern(string text) => text.AsSpan().IndexOfAny(PatternCharacters) >= 0;

    /// <summary>Whether a text stands in one pair of brackets and holds no other.</summary>
    private static bool IsEnclosed(string text, string brackets) => text.Length > 1
        && text[0] == brackets[0] && text[^1] == brackets[1] && text.AsSpan()[1..^1].IndexOfAny(brackets) < 0;
}
