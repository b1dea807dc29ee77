using LoNas.Storage;

namespace LoNas.Models.Attention;

/// <summary>Which layers of a decoder look back to the latest positions only.</summary>
internal static class LayerWindows
{
    private const string Key = "layer_types";
    private const string Full = "full_attention";
    private const string Sliding = "sliding_attention";
    private const int DefaultWindowLayers = 28;

    /// <summary>
    /// Those of Qwen2, Qwen3 and their kin: the layers from <c>max_window_layers</c> on, unless <c>layer_types</c> says
    /// otherwise.
    /// </summary>
    public static IReadOnlyList<long?> ReadFrom(ConfigReader keys, int layers, long? window)
    {
        long first = keys.Long("max_window_layers", DefaultWindowLayers, least: 0);
        return Read(keys, layers, window, layer => layer >= first);
    }

    /// <summary>
    /// The window of each layer: where <c>layer_types</c> says <c>sliding_attention</c> or, without that key, where the
    /// family's rule says so.
    /// </summary>
    /// <param name="keys">The keys of config.json.</param>
    /// <param name="layers">Layers.</param>
    /// <param name="window">Latest positions, its own among them, that a query looks back to; null for all.</param>
    /// <param name="slides">The family's rule, by the layer's index.</param>
    /// <returns>As many as layers; null where a layer looks at all.</returns>
    public static IReadOnlyList<long?> Read(ConfigReader keys, int layers, long? window, Func<int, bool> slides)
    {
        var types = keys.Texts(Key, layers);
        foreach (var type in (types ?? []).Where(type => type is not (Full or Sliding)).Distinct())
        {
            keys.Require(
                false, $"{Key} has '{Excerpt.Of(type)}', which is not supported; expected {Full} or {Sliding}");
        }

        keys.Require(
            window is not null || types?.Contains(Sliding) != true,
            $"{Key} has {Sliding} and there is no sliding_window");
        return
        [
            .. Enumerable.Range(0, layers).Select(layer =>
                (types is null ? slides(layer) : types[layer] == Sliding) ? window : null),
        ];
    }
}
