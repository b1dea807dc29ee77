namespace LoNas.Elastic;

/// <summary>
/// Values for individual layers, as in PEFT's <c>rank_pattern</c> and <c>alpha_pattern</c>. Each key is a name or a
/// regular expression for the end of a layer's path; the first match counts.
/// </summary>
/// <param name="Values">The patterns in order, with their values.</param>
public sealed record LayerPattern<T>(IReadOnlyList<(string Key, T Value)> Values)
{
    /// <summary>No patterns: all layers have the default value.</summary>
    public static LayerPattern<T> None { get; } = new([]);

    /// <summary>
    /// The value for the layer at <paramref name="path"/>; <paramref name="otherwise"/> if no pattern matches.
    /// </summary>
    /// <exception cref="InvalidDataException">Matching a pattern takes too long.</exception>
    public T Find(string path, T otherwise)
    {
        foreach (var (key, value) in Values)
        {
            if (PythonPattern.IsEnd(path, key))
            {
                return value;
            }
        }

        return otherwise;
    }
}
