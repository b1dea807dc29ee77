using System.Text.RegularExpressions;

namespace LoNas.Hub;

/// <summary>The name of a repository of the hub, such as <c>yahma/llama-7b-hf</c>.</summary>
/// <param name="Organization">Who it belongs to.</param>
/// <param name="Name">Its own name.</param>
public sealed partial record HubName(string Organization, string Name)
{
    /// <summary>Its folder in the cache, as Hugging Face's own library names it.</summary>
    public string CacheFolder => $"models--{Organization}--{Name}";

    /// <summary>
    /// The name that a text is, or null: it must be <c>org/name</c>. What begins with <c>.</c>, <c>/</c> or <c>~</c>, has
    /// more than one slash or names a JSON file is a path.
    /// </summary>
    public static HubName? Parse(string text)
    {
        var parts = text.Split('/');
        return parts.Length == 2 && parts.All(IsPart) && !text.EndsWith(".json", StringComparison.OrdinalIgnoreCase)
            ? new HubName(parts[0], parts[1])
            : null;
    }

    /// <inheritdoc/>
    public override string ToString() => $"{Organization}/{Name}";

    // "--" separates the parts in the cache, and the hub allows neither it nor "..".
    private static bool IsPart(string part) => Part().IsMatch(part)
        && !part.Contains("--", StringComparison.Ordinal) && !part.Contains("..", StringComparison.Ordinal);

    [GeneratedRegex(@"^[A-Za-z0-9_][A-Za-z0-9._-]{0,95}$")]
    private static partial Regex Part();
}
