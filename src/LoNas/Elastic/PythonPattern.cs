using System.Collections.Concurrent;
using System.Globalization;
using System.Text.RegularExpressions;
using LoNas.Storage;

namespace LoNas.Elastic;

/// <summary>
/// Matches the regular expressions of adapters as PEFT does. They are Python's, and come from untrusted files: they are
/// matched in linear time, and those that look around or back, which can't be, with a time limit.
/// </summary>
internal static class PythonPattern
{
    private const int MostKept = 4096;

    private static readonly TimeSpan Longest = TimeSpan.FromSeconds(1);

    private static readonly ConcurrentDictionary<(string Pattern, string End), Regex> Compiled = new();

    /// <summary>re.fullmatch(pattern, path).</summary>
    /// <exception cref="InvalidDataException">Matching takes too long.</exception>
    public static bool IsWhole(string path, string pattern) => Match(path, pattern, pattern, "\\z").Success;

    /// <summary>Whether a key of rank_pattern or alpha_pattern is of a path, as get_pattern_key has it.</summary>
    /// <exception cref="InvalidDataException">Matching takes too long.</exception>
    public static bool IsEnd(string path, string key) => Match(path, key, End(key), "").Success;

    /// <summary>
    /// The number of the layer that a path is in, behind a segment that matches a pattern; null where it is in none.
    /// </summary>
    /// <exception cref="InvalidDataException">Matching takes too long.</exception>
    public static int? LayerOf(string path, string container) =>
        Match(path, container, Layer(container), "") is { Success: true } match
        && int.TryParse(match.Groups[1].Value, NumberStyles.None, CultureInfo.InvariantCulture, out int layer)
            ? layer
            : null;

    /// <summary>What makes a pattern for whole paths unusable, as it reads behind "which is no"; or null.</summary>
    public static string? ProblemOfWhole(string pattern) => Problem(pattern, pattern);

    /// <summary>The same for a key of rank_pattern or alpha_pattern.</summary>
    public static string? ProblemOfEnd(string key) => Problem(key, End(key));

    /// <summary>The same for what layers are in: the number must be the first group.</summary>
    public static string? ProblemOfLayer(string container) => Problem(container, Layer(container))
        ?? (Get(container, "").GetGroupNumbers().Length > 1
            ? "regular expression without a group of its own, such as (?:layers|h)"
            : null);

    private static string End(string key) => $@"(.*\.)?({key})$";

    private static string Layer(string container) => $@".*\.{container}\.(\d+)\.";

    /// <summary>A pattern is text that stands in another, and must be one alone too.</summary>
    private static string? Problem(string pattern, string whole)
    {
        try
        {
            _ = Get(pattern, "");
            _ = Get(whole, "");
            return null;
        }
        catch (NotSupportedException error)
        {
            return $"regular expression that can be used here: it has {error.Message}";
        }
        catch (RegexParseException error)
        {
            // .NET's message begins with the pattern in its own syntax.
            int detail = error.Message.IndexOf($"offset {error.Offset}. ", StringComparison.Ordinal);
            return $"regular expression: Invalid pattern '{Excerpt.Of(pattern)}': "
                + Excerpt.Of(detail < 0 ? error.Message : error.Message[detail..]);
        }
        catch (ArgumentException error)
        {
            return $"regular expression: Invalid pattern '{Excerpt.Of(pattern)}': {Excerpt.Of(error.Message)}";
        }
    }

    private static Match Match(string path, string pattern, string whole, string end)
    {
        try
        {
            return Get(whole, end).Match(path);
        }
        catch (RegexMatchTimeoutException error)
        {
            throw new InvalidDataException(
                $"The pattern '{Excerpt.Of(pattern)}' of the adapter takes over {Longest.TotalSeconds:0} s on "
                + $"'{path}'; make it simpler", error);
        }
    }

    private static Regex Get(string pattern, string end)
    {
        if (!Compiled.TryGetValue((pattern, end), out var regex))
        {
            if (Compiled.Count >= MostKept)
            {
                Compiled.Clear();
            }

            regex = Compile($"\\A(?:{PythonSyntax.ToDotNet(pattern)}){end}");
            Compiled[(pattern, end)] = regex;
        }

        return regex;
    }

    private static Regex Compile(string pattern)
    {
        try
        {
            return new Regex(pattern, RegexOptions.CultureInvariant | RegexOptions.NonBacktracking, Longest);
        }
        catch (NotSupportedException)
        {
            return new Regex(pattern, RegexOptions.CultureInvariant, Longest);
        }
    }
}
