namespace LoNas.Models.Families;

/// <summary>The linear layers of BLOOM.</summary>
internal static class LinearLayoutBloom
{
    /// <summary>The layout of a configuration.</summary>
    public static LinearLayout Of(BloomConfig config) => new()
    {
        Config = config.Facts,
        Linears =
        [
            .. Enumerable.Range(0, config.LayerCount).SelectMany(index => Block(
                config.HiddenSize, config.IntermediateSizeOf(index), $"transformer.h.{index}")),
            new LinearSize(LinearLayout.LanguageHead, config.HiddenSize, config.VocabularySize),
        ],
    };

    private static LinearSize[] Block(long hidden, long inner, string path) =>
    [
        new($"{path}.self_attention.query_key_value", hidden, 3 * hidden, Bias: true),
        new($"{path}.self_attention.dense", hidden, hidden, Bias: true),
        new($"{path}.mlp.dense_h_to_4h", hidden, inner, Bias: true),
        new($"{path}.mlp.dense_4h_to_h", inner, hidden, Bias: true),
    ];
}
