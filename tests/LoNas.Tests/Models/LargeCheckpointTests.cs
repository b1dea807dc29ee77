using System.Buffers.Binary;
using System.Globalization;
using System.Text.Json.Nodes;
using LoNas.Elastic;
using LoNas.Models;
using LoNas.Runtime;
using LoNas.Tests.Support;
using static TorchSharp.torch;

namespace LoNas.Tests.Models;

/// <summary>A checkpoint of LLaMA-7B's shapes, 13 GB in two files of holes that take no room on the disk.</summary>
public sealed class LargeCheckpointTests : IDisposable
{
    private const string Config = """
        {"model_type": "llama", "hidden_size": 4096, "intermediate_size": 11008, "num_hidden_layers": 32,
         "num_attention_heads": 32, "vocab_size": 32000, "rms_norm_eps": 1e-6, "tie_word_embeddings": false}
        """;

    private readonly TemporaryFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Theory]
    [InlineData("model", "safetensors", "BF16", 1 << 20)]
    [InlineData("pytorch_model", "bin", "BF16", 1 << 20)]
    // A CPU takes bfloat16 for float16: norms are converted at once, and everything large when it is used.
    [InlineData("model", "safetensors", "F16", 32 << 20)]
    [InlineData("pytorch_model", "bin", "F16", 32 << 20)]
    public void Build_ThirteenGigabytes_ReadsNoWeightUntilItIsUsed(
        string stem, string format, string stored, long mostRead)
    {
        Assert.SkipUnless(OperatingSystem.IsLinux(), "reads /proc/self/smaps");
        using var scope = NewDisposeScope();
        long bytes = WriteCheckpoint(stem, format, stored);
        Assert.InRange(bytes, 13_400_000_000, 13_600_000_000);
        using var adapter = new SuperAdapter(new LoraOptions { Rank = 32 }, new SeededRandom(1));

        var folder = ModelFolder.Open(_folder.Root);
        var type = BaseType.ForCpu(folder.CheckpointType, bf16: false, fp16: false).DType;
        var model = folder.Build(type, adapter.Linears);

        Assert.Equal(6_738_415_616, model.Parameters.Where(p => !p.requires_grad).Sum(p => p.numel()));
        long opened = ResidentOfFiles();
        Assert.InRange(opened, 0, mostRead);

        // One layer's weight is brought in, and little else.
        var weight = adapter.Layers["model.layers.17.mlp.up_proj"].Weight;
        Assert.Equal(ScalarType.BFloat16, weight.dtype);
        Assert.Equal(0, weight.abs().max().to(ScalarType.Float32).item<float>());
        Assert.InRange(ResidentOfFiles() - opened, 2 * weight.numel(), 3 * weight.numel());
    }

    private long WriteCheckpoint(string stem, string format, string stored)
    {
        File.WriteAllText(_folder.Path("config.json"), Config);
        var layers = Enumerable.Range(0, 32).SelectMany(layer => new (string, long[])[]
        {
            ("self_attn.q_proj", [4096, 4096]), ("self_attn.k_proj", [4096, 4096]), ("self_attn.v_proj", [4096, 4096]),
            ("self_attn.o_proj", [4096, 4096]), ("mlp.gate_proj", [11008, 4096]), ("mlp.up_proj", [11008, 4096]),
            ("mlp.down_proj", [4096, 11008]), ("input_layernorm", [4096]), ("post_attention_layernorm", [4096]),
        }.Select(linear => (Name: $"model.layers.{layer}.{linear.Item1}.weight", Shape: linear.Item2))).ToArray();
        var first = layers[..144].Prepend(("model.embed_tokens.weight", [32000, 4096])).ToArray();
        var second = layers[144..].Concat([("model.norm.weight", [4096]), ("lm_head.weight", [32000, 4096])]).ToArray();
        var map = new JsonObject();
        long bytes = 0;
        foreach (var (part, number) in new[] { (first, 1), (second, 2) })
        {
            var file = $"{stem}-0000{number}-of-00002.{format}";
            bytes += format == "bin"
                ? TorchHoles.Save(_folder.Path(file), part, stored)
                : WriteHoles(file, part, stored);
            Array.ForEach(part, tensor => map[tensor.Item1] = file);
        }

        File.WriteAllText(
            _folder.Path($"{stem}.{format}.index.json"), new JsonObject { ["weight_map"] = map }.ToJsonString());
        return bytes;
    }

    private long WriteHoles(string file, (string Name, long[] Shape)[] tensors, string stored)
    {
        var header = new JsonObject();
        long end = 0;
        foreach (var (name, shape) in tensors)
        {
            long start = end;
            end += 2 * shape.Aggregate(1L, (product, size) => product * size);
            header[name] = new JsonObject
            {
                ["dtype"] = stored,
                ["shape"] = new JsonArray([.. shape.Select(size => (JsonNode)size)]),
                ["data_offsets"] = new JsonArray(start, end),
            };
        }

        var json = System.Text.Encoding.UTF8.GetBytes(header.ToJsonString());
        json = [.. json, .. Enumerable.Repeat((byte)' ', 8 - (json.Length % 8))];
        Span<byte> length = stackalloc byte[8];
        BinaryPrimitives.WriteInt64LittleEndian(length, json.Length);
        using var stream = File.Create(_folder.Path(file));
        stream.Write(length);
        stream.Write(json);
        stream.SetLength(8 + json.Length + end);
        return stream.Length;
    }

    /// <summary>Bytes in memory of the mappings of this test's files.</summary>
    private long ResidentOfFiles()
    {
        long total = 0;
        bool isOurs = false;
        foreach (var line in File.ReadLines("/proc/self/smaps"))
        {
            if (!line.Contains(": ", StringComparison.Ordinal) || line.Contains(" /", StringComparison.Ordinal))
            {
                isOurs = line.Contains(_folder.Root, StringComparison.Ordinal);
            }
            else if (isOurs && line.StartsWith("Rss:", StringComparison.Ordinal))
            {
                total += 1024 * long.Parse(
                    line.Split(' ', StringSplitOptions.RemoveEmptyEntries)[1], CultureInfo.InvariantCulture);
            }
        }

        return total;
    }
}
