using System.Text.RegularExpressions;

namespace LoNas.Adapters;

/// <summary>
/// Values by layer, as PEFT's <c>rank_pattern</c> and <c>alpha_pattern</c> give them: each key is a name or a regular
/// expression for the end of a layer's path, and the first that matches counts.
/// </summary>
/// <param name="Values">The patterns in their order, with their values.</param>
public sealed record LayerPattern<T>(IReadOnlyList<(string Key, T Value)> Values)
{
    private static readonly TimeSpan Longest = TimeSpan.FromSeconds(1);

    /// <summary>No layer differs.</summary>
    public static LayerPattern<T> None { get; } = new([]);

    /// <summary>The value of the layer at <paramref name="path"/>, or <paramref name="otherwise"/>.</summary>
    public T Find(string path, T otherwise)
    {
        foreach (var (key, value) in Values)
        {
            if (Regex.IsMatch(path, $@"^(.*\.)?({key})$", RegexOptions.CultureInvariant, Longest))
            {
                return value;
            }
        }

        return otherwise;
    }
}
