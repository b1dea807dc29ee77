using System.Text.RegularExpressions;
using LoNas.Storage;

namespace LoNas.Elastic;

/// <summary>
/// Values by layer, as PEFT's <c>rank_pattern</c> and <c>alpha_pattern</c> give them: each key is a name or a regular
/// expression for the end of a layer's path, and the first that matches counts.
/// </summary>
/// <param name="Values">The patterns in their order, with their values.</param>
public sealed record LayerPattern<T>(IReadOnlyList<(string Key, T Value)> Values)
{
    /// <summary>No layer differs.</summary>
    public static LayerPattern<T> None { get; } = new([]);

    /// <summary>The value of the layer at <paramref name="path"/>, or <paramref name="otherwise"/>.</summary>
    /// <exception cref="InvalidDataException">A pattern takes too long.</exception>
    public T Find(string path, T otherwise)
    {
        foreach (var (key, value) in Values)
        {
            if (LayerPattern.IsMatch(path, $@"^(.*\.)?({key})$"))
            {
                return value;
            }
        }

        return otherwise;
    }
}

/// <summary>Regular expressions from files that nobody vouches for.</summary>
internal static class LayerPattern
{
    private static readonly TimeSpan Longest = TimeSpan.FromSeconds(1);

    /// <exception cref="InvalidDataException">It takes too long.</exception>
    public static bool IsMatch(string path, string pattern)
    {
        try
        {
            return Regex.IsMatch(path, pattern, RegexOptions.CultureInvariant, Longest);
        }
        catch (RegexMatchTimeoutException error)
        {
            throw new InvalidDataException(
                $"The pattern '{Excerpt.Of(pattern)}' of the adapter takes over {Longest.TotalSeconds:0} s on '{path}'; make it simpler", error);
        }
    }
}
