using System.Globalization;
using System.Text.Json.Nodes;
using LoNas.Elastic;
using LoNas.Models;
using LoNas.Runtime;
using LoNas.Storage;
using LoNas.Weights;
using static TorchSharp.torch;

namespace LoNas.Bench.Models;

/// <summary>A LLaMA of random weights for measurements, as a folder on disk, so that processes share it.</summary>
internal static class RandomLlama
{
    /// <summary>The initializer_range of LLaMA.</summary>
    private const double Deviation = 0.02;

    /// <summary>Writes config.json and weights in shards with their index, one shard in memory at a time.</summary>
    /// <remarks>A GPU draws the weights itself where one is given; they differ from a CPU's.</remarks>
    public static void Save(
        string folder, LlamaShape shape, ScalarType dtype, long seed, CancellationToken cancel = default,
        Device? device = null)
    {
        using var random = device is null ? new Generator((ulong)seed) : null;
        if (random is null)
        {
            cuda.manual_seed_all(seed);
        }

        JsonOutput.Save(Path.Combine(folder, "config.json"), shape.ToConfig());
        var parts = shape.Family == LlamaShape.Llama ? shape.Parts().ToArray() : PartsOf(folder, dtype);
        var map = new JsonObject();
        foreach (var (index, part) in parts.Index())
        {
            cancel.ThrowIfCancellationRequested();
            using var scope = NewDisposeScope();
            var name = string.Create(
                CultureInfo.InvariantCulture, $"model-{index + 1:00000}-of-{parts.Length:00000}.safetensors");
            SafetensorsWriter.Save(
                Path.Combine(folder, name),
                [.. part.Select(entry => (entry.Name, Draw(entry.Shape, dtype, random, device)))]);
            foreach (var (tensor, _) in part)
            {
                map[tensor] = name;
            }
        }

        JsonOutput.Save(Path.Combine(folder, "model.safetensors.index.json"), new JsonObject
        {
            ["metadata"] = new JsonObject(),
            ["weight_map"] = map,
        });
    }

    /// <summary>Checks that a folder holds a model of these sizes.</summary>
    /// <exception cref="InvalidDataException">It holds another.</exception>
    public static void RequireShape(string folder, LlamaShape shape)
    {
        var there = JsonInput.Load(Path.Combine(folder, "config.json"), "model configuration").GetRawText();
        if (!JsonNode.DeepEquals(JsonNode.Parse(there), JsonNode.Parse(shape.ToConfig().ToJsonString())))
        {
            throw new InvalidDataException(
                $"--work_dir '{folder}' holds a model of other sizes than asked for; give another folder, or the same "
                + "--shape and sizes");
        }
    }

    /// <summary>
    /// Names and shapes of another family's weights, from the model itself: built on a folder that lacks them all.
    /// </summary>
    private static IReadOnlyList<(string Name, long[] Shape)>[] PartsOf(string folder, ScalarType dtype)
    {
        var empty = Directory.CreateTempSubdirectory("lonas-bench-");
        try
        {
            using var scope = NewDisposeScope();
            SafetensorsWriter.Save(Path.Combine(empty.FullName, "model.safetensors"), [("none", zeros(1))]);
            using var none = WeightFolder.Open(empty.FullName);
            var config = JsonInput.Load(Path.Combine(folder, "config.json"), "model configuration");
            var description = ModelFamilies.Read(config, "random model");
            using var adapter = new SuperAdapter(null, new SeededRandom(0));
            var map = new WeightMap(none, dtype);
            using var model = description.Causal!(map, adapter.Linears(map, description.Layout));
            return
            [
                .. ((nn.Module)model).named_parameters().Select(named => (named.name, named.parameter.shape)).Chunk(40),
            ];
        }
        finally
        {
            empty.Delete(recursive: true);
        }
    }

    private static Tensor Draw(long[] shape, ScalarType dtype, Generator? random, Device? device) =>
        shape.Length == 1 ? ones(shape, dtype) : empty(shape, dtype, device).normal_(0, Deviation, random);
}
