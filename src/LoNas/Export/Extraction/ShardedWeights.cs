using System.Globalization;
using System.Text.Json.Nodes;
using LoNas.Storage;
using LoNas.Weights;

namespace LoNas.Export.Extraction;

/// <summary>
/// Writes a checkpoint as one safetensors file, or as shards with their index, as Transformers names them.
/// </summary>
internal static class ShardedWeights
{
    private const string SingleFile = "model.safetensors";

    /// <summary>Writes tensors in their order; a tensor over the limit has a shard of its own.</summary>
    /// <param name="folder">Where to.</param>
    /// <param name="tensors">What; each is made when it is written.</param>
    /// <param name="maxShardSize">Most bytes of tensors in a file.</param>
    /// <param name="onWritten">Told the bytes of every tensor when it is made.</param>
    /// <param name="cancel">Stops between two tensors.</param>
    public static void Save(
        string folder,
        IReadOnlyList<PendingTensor> tensors,
        long maxShardSize,
        Action<long> onWritten,
        CancellationToken cancel)
    {
        var shards = Split([.. tensors.Select(tensor => tensor.Observed(onWritten, cancel))], maxShardSize);
        if (shards.Count == 1)
        {
            SafetensorsWriter.Save(Path.Combine(folder, SingleFile), shards[0]);
            return;
        }

        var map = new JsonObject();
        foreach (var (index, shard) in shards.Index())
        {
            var name = string.Create(
                CultureInfo.InvariantCulture, $"model-{index + 1:00000}-of-{shards.Count:00000}.safetensors");
            SafetensorsWriter.Save(Path.Combine(folder, name), shard);
            shard.ForEach(tensor => map[tensor.Name] = name);
        }

        JsonOutput.Save(Path.Combine(folder, $"{SingleFile}.index.json"), new JsonObject
        {
            ["metadata"] = new JsonObject { ["total_size"] = tensors.Sum(tensor => tensor.Bytes) },
            ["weight_map"] = map,
        });
    }

    private static List<List<PendingTensor>> Split(IReadOnlyList<PendingTensor> tensors, long maxShardSize)
    {
        var shards = new List<List<PendingTensor>> { new() };
        long size = 0;
        foreach (var tensor in tensors)
        {
            if (shards[^1].Count > 0 && size + tensor.Bytes > maxShardSize)
            {
                shards.Add([]);
                size = 0;
            }

            shards[^1].Add(tensor);
            size += tensor.Bytes;
        }

        return shards;
    }
}
