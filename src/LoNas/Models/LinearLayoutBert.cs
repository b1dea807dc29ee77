using System.Text.Json;

namespace LoNas.Models;

/// <summary>The linear layers of BERT for sequence classification.</summary>
internal static class LinearLayoutBert
{
    private const string Head = "classifier";

    /// <summary>Reads the layout from config.json's keys.</summary>
    public static LinearLayout Read(JsonElement json, string origin)
    {
        var keys = new ConfigReader(json, origin);
        long hidden = keys.Long("hidden_size");
        long inner = keys.Long("intermediate_size");
        int blocks = (int)keys.Long("num_hidden_layers");
        long heads = keys.Long("num_attention_heads");
        long embedded = keys.Long("vocab_size") + keys.Long("max_position_embeddings", 512) + keys.Long("type_vocab_size", 2);
        keys.Require(
            heads == 0 || hidden % heads == 0, $"hidden_size {hidden} is not a multiple of num_attention_heads {heads}");
        keys.ThrowIfInvalid();
        return new LinearLayout
        {
            ModelType = "bert",
            BlockCount = blocks,
            HiddenSize = hidden,
            HeadSize = hidden / heads,
            Linears =
            [
                .. Enumerable.Range(0, blocks).SelectMany(index => Block(hidden, inner, $"bert.encoder.layer.{index}")),
                new LinearSize("bert.pooler.dense", hidden, hidden, Bias: true),
                new LinearSize(Head, hidden, LabelCount(json, keys), Bias: true),
            ],
            // Words, positions and token types, their LayerNorm and two a block; a LayerNorm has a weight and a bias.
            OtherParameters = (embedded * hidden) + (2 * hidden * (1 + (2L * blocks))),
            TrainedHead = Head,
        };
    }

    private static LinearSize[] Block(long hidden, long inner, string path) =>
    [
        new($"{path}.attention.self.query", hidden, hidden, Bias: true),
        new($"{path}.attention.self.key", hidden, hidden, Bias: true),
        new($"{path}.attention.self.value", hidden, hidden, Bias: true),
        new($"{path}.attention.output.dense", hidden, hidden, Bias: true),
        new($"{path}.intermediate.dense", hidden, inner, Bias: true),
        new($"{path}.output.dense", inner, hidden, Bias: true),
    ];

    // Transformers writes the labels as id2label and leaves num_labels out.
    private static long LabelCount(JsonElement json, ConfigReader keys) =>
        json.TryGetProperty("id2label", out var labels) && labels.ValueKind == JsonValueKind.Object
            && labels.EnumerateObject().Count() is var count and > 0
            ? count
            : keys.Long("num_labels", 2);
}
