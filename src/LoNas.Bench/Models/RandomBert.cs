using System.Text.Json.Nodes;
using LoNas.Storage;
using LoNas.Weights;
using static TorchSharp.torch;

namespace LoNas.Bench.Models;

/// <summary>A BERT of random weights without a head, of the shape of all-MiniLM-L6-v2, as a folder on disk.</summary>
internal static class RandomBert
{
    private const long Hidden = 384;
    private const long Inner = 1_536;
    private const long Vocabulary = 30_522;
    private const long Positions = 512;
    private const int Layers = 6;

    /// <summary>Writes config.json and weights.</summary>
    public static void Save(string folder, long seed)
    {
        using var scope = NewDisposeScope();
        using var random = new Generator((ulong)seed);
        JsonOutput.Save(Path.Combine(folder, "config.json"), new JsonObject
        {
            ["model_type"] = "bert",
            ["architectures"] = new JsonArray("BertModel"),
            ["hidden_size"] = Hidden,
            ["intermediate_size"] = Inner,
            ["num_hidden_layers"] = Layers,
            ["num_attention_heads"] = 12,
            ["vocab_size"] = Vocabulary,
            ["max_position_embeddings"] = Positions,
            ["type_vocab_size"] = 2,
            ["torch_dtype"] = "float32",
        });
        SafetensorsWriter.Save(
            Path.Combine(folder, "model.safetensors"),
            [
                .. Embeddings()
                    .Concat(Enumerable.Range(0, Layers).SelectMany(Layer))
                    .Concat(Linear("pooler.dense", Hidden, Hidden))
                    .Select(entry => (entry.Name, Draw(entry.Name, entry.Shape, random))),
            ]);
    }

    private static IEnumerable<(string Name, long[] Shape)> Embeddings() =>
    [
        ("embeddings.word_embeddings.weight", [Vocabulary, Hidden]),
        ("embeddings.position_embeddings.weight", [Positions, Hidden]),
        ("embeddings.token_type_embeddings.weight", [2, Hidden]),
        .. Norm("embeddings"),
    ];

    private static IEnumerable<(string Name, long[] Shape)> Layer(int index)
    {
        var path = $"encoder.layer.{index}";
        return
        [
            .. new[] { "self.query", "self.key", "self.value", "output.dense" }
                .SelectMany(name => Linear($"{path}.attention.{name}", Hidden, Hidden)),
            .. Norm($"{path}.attention.output"),
            .. Linear($"{path}.intermediate.dense", Hidden, Inner),
            .. Linear($"{path}.output.dense", Inner, Hidden),
            .. Norm($"{path}.output"),
        ];
    }

    private static (string Name, long[] Shape)[] Linear(string path, long from, long to) =>
        [($"{path}.weight", [to, from]), ($"{path}.bias", [to])];

    private static (string Name, long[] Shape)[] Norm(string path) =>
        [($"{path}.LayerNorm.weight", [Hidden]), ($"{path}.LayerNorm.bias", [Hidden])];

    private static Tensor Draw(string name, long[] shape, Generator random) =>
        name.EndsWith("LayerNorm.weight", StringComparison.Ordinal) ? ones(shape)
        : shape.Length == 1 ? zeros(shape)
        : empty(shape).normal_(0, 0.02, random);
}
