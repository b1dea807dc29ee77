using System.Globalization;
using System.IO.Compression;
using System.Text.Json.Nodes;
using LoNas.Elastic;
using LoNas.Formats.Peft;
using LoNas.Generation;
using LoNas.Models;
using LoNas.Runtime;
using LoNas.Storage;
using LoNas.Tests.Support;
using LoNas.Weights;
using static TorchSharp.torch;

namespace LoNas.Tests.Export;

/// <summary>
/// A recorded model of a modern family, made into what llama.cpp must hold: with a tokenizer and rows for its
/// vocabulary, with more layers, and with other keys.
/// </summary>
internal static class ModernGgufFolder
{
    private const int RecordedRows = 320;
    private const int RecordedLayers = 4;

    /// <summary>Makes the folder.</summary>
    /// <param name="path">Where to.</param>
    /// <param name="name">The recording.</param>
    /// <param name="tokenizer">A file tokenizer.json, as it is or with gzip.</param>
    /// <param name="keys">Keys of config.json; a null takes a key out.</param>
    /// <param name="layers">How many layers: the recorded ones, again and again.</param>
    /// <param name="widths">Widths of the MLPs by layer; null leaves the recorded one.</param>
    public static string Make(
        string path, string name, string tokenizer, string keys = "{}", int layers = RecordedLayers,
        int[]? widths = null)
    {
        using var scope = NewDisposeScope();
        Directory.CreateDirectory(path);
        WriteTokenizer(tokenizer, Path.Combine(path, "tokenizer.json"));
        int rows = RowsOf(Path.Combine(path, "tokenizer.json"));
        var recorded = SharedData.Path("fixtures", "modern", name);
        var config = JsonNode.Parse(File.ReadAllText(Path.Combine(recorded, "config.json")))!.AsObject();
        (config["vocab_size"], config["num_hidden_layers"]) = (rows, layers);
        if (widths is not null)
        {
            config["intermediate_sizes"] = new JsonArray([.. widths.Select(width => (JsonNode)width)]);
        }

        foreach (var (key, value) in JsonNode.Parse(keys)!.AsObject().ToArray())
        {
            config.Remove(key);
            if (value is not null)
            {
                config[key] = value.DeepClone();
            }
        }

        File.WriteAllText(Path.Combine(path, "config.json"), config.ToJsonString());
        using var weights = WeightFolder.Open(recorded);
        SafetensorsWriter.Save(
            Path.Combine(path, "model.safetensors"),
            [.. Enumerable.Range(0, layers).SelectMany(layer => weights.Names
                .Where(own => layer == 0 ? LayerOf(own) is null or 0 : LayerOf(own) == layer % RecordedLayers)
                .Select(own => (
                    own.Replace($"layers.{layer % RecordedLayers}.", $"layers.{layer}.", StringComparison.Ordinal),
                    Cut(Widened(weights.Load(own), rows), own, widths?[layer]))))]);
        return path;
    }

    /// <summary>The greedy tokens of a folder, with an adapter or alone.</summary>
    public static int[] Greedy(string path, int[] prompt, int count, string? adapterFolder = null)
    {
        using var adapter = new SuperAdapter(
            adapterFolder is null ? null : PeftFolder.LoadOptions(adapterFolder), new SeededRandom(1));
        using var model = ModelFolder.Open(path).Build(ScalarType.Float32, adapter.Linears);
        if (adapterFolder is not null)
        {
            PeftFolder.LoadWeights(adapterFolder, adapter);
        }

        return
        [
            .. TextGenerator.Generate(model, prompt, new GenerationOptions { MaxNewTokens = count })[0]
                .Ids.Skip(prompt.Length),
        ];
    }

    private static void WriteTokenizer(string source, string path)
    {
        using var stream = File.OpenRead(source);
        using var unzipped = source.EndsWith(".gz", StringComparison.Ordinal)
            ? new GZipStream(stream, CompressionMode.Decompress)
            : (Stream)stream;
        using var file = File.Create(path);
        unzipped.CopyTo(file);
    }

    private static int RowsOf(string tokenizer)
    {
        var json = JsonInput.Load(tokenizer, "tokenizer");
        var added = json.GetProperty("added_tokens").EnumerateArray()
            .Select(token => token.GetProperty("id").GetInt32()).DefaultIfEmpty(0).Max() + 1;
        return Math.Max(added, json.GetProperty("model").GetProperty("vocab").EnumerateObject().Count());
    }

    private static int? LayerOf(string name) =>
        name.Split('.').SkipWhile(part => part != "layers").Skip(1).FirstOrDefault() is { } found
            ? int.Parse(found, CultureInfo.InvariantCulture)
            : null;

    /// <summary>Rows with numbers of their own, since equal logits would leave the greedy token to chance.</summary>
    private static Tensor Widened(Tensor tensor, int rows)
    {
        if (tensor.shape[0] != RecordedRows)
        {
            return tensor;
        }

        using var generator = new Generator(7);
        var drawn = randn([rows, .. tensor.shape[1..]], generator: generator) * tensor.std();
        drawn.narrow(0, 0, RecordedRows).copy_(tensor);
        return drawn;
    }

    /// <summary>The first features of an MLP of less width.</summary>
    private static Tensor Cut(Tensor tensor, string name, int? width)
    {
        string[] rows = ["gate_proj.weight", "up_proj.weight", "dense_h_to_4h.weight", "dense_h_to_4h.bias"];
        string[] columns = ["down_proj.weight", "dense_4h_to_h.weight"];
        bool Is(string end) => name.EndsWith($".{end}", StringComparison.Ordinal);
        return width is not { } left ? tensor
            : rows.Any(Is) ? tensor.narrow(0, 0, left).clone()
            : columns.Any(Is) ? tensor.narrow(1, 0, left).clone()
            : Is("gate_up_proj.weight") ? cat([.. tensor.chunk(2, 0).Select(half => half.narrow(0, 0, left))])
            : tensor;
    }
}
