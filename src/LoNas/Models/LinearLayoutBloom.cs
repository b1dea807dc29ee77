using System.Text.Json;

namespace LoNas.Models;

/// <summary>The linear layers of BLOOM.</summary>
internal static class LinearLayoutBloom
{
    private const string Head = "lm_head";

    /// <summary>Reads the layout from config.json's keys, under BLOOM's own names or the common ones.</summary>
    public static LinearLayout Read(JsonElement json, string origin)
    {
        var keys = new ConfigReader(json, origin);
        long hidden = keys.Long(Either(keys, "hidden_size", "n_embed"));
        int blocks = (int)keys.Long(Either(keys, "n_layer", "num_hidden_layers"));
        long heads = keys.Long(Either(keys, "n_head", "num_attention_heads"));
        long vocabulary = keys.Long("vocab_size");
        bool tied = keys.Bool("tie_word_embeddings", true);
        keys.Require(heads == 0 || hidden % heads == 0, $"hidden_size {hidden} is not a multiple of n_head {heads}");
        keys.ThrowIfInvalid();
        return new LinearLayout
        {
            ModelType = "bloom",
            BlockCount = blocks,
            HiddenSize = hidden,
            HeadSize = hidden / heads,
            Linears =
            [
                .. Enumerable.Range(0, blocks).SelectMany(index => Block(hidden, $"transformer.h.{index}")),
                new LinearSize(Head, hidden, vocabulary),
            ],
            // The embedding, its LayerNorm, two a block and the last one; a LayerNorm has a weight and a bias.
            OtherParameters = (vocabulary * hidden) + (2 * hidden * (2 + (2L * blocks))),
            TiedHead = tied ? Head : null,
        };
    }

    private static LinearSize[] Block(long hidden, string path) =>
    [
        new($"{path}.self_attention.query_key_value", hidden, 3 * hidden, Bias: true),
        new($"{path}.self_attention.dense", hidden, hidden, Bias: true),
        new($"{path}.mlp.dense_h_to_4h", hidden, 4 * hidden, Bias: true),
        new($"{path}.mlp.dense_4h_to_h", 4 * hidden, hidden, Bias: true),
    ];

    private static string Either(ConfigReader keys, string name, string other) => keys.Has(name) ? name
        : keys.Has(other) ? other
        : name;
}
