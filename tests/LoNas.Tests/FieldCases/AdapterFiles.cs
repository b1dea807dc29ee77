using System.Text.Json.Nodes;
using LoNas.Formats.Peft;
using LoNas.Storage;
using LoNas.Tests.Cli;
using LoNas.Tests.Support;
using LoNas.Weights;
using static TorchSharp.torch;

namespace LoNas.Tests.FieldCases;

/// <summary>Writes adapters as PEFT does, and bases with changed matrices to hold them against.</summary>
internal sealed class AdapterFiles(string model, TemporaryFolder folder)
{
    private const string Body = "base_model.model.";
    private readonly Generator _random = new(7, CPU);
    private int _count;

    public string Base => Repository.Fixture(model);

    /// <summary>Random numbers of a shape, the same in every run.</summary>
    public Tensor Random(params long[] shape) => rand(shape, generator: _random) - 0.5f;

    /// <summary>A tensor of the base.</summary>
    public Tensor Of(string name)
    {
        using var file = WeightFolder.Open(Base);
        using var stored = file.Load(name);
        return stored.clone();
    }

    /// <summary>The pair of a layer's adapter.</summary>
    public (string, Tensor)[] Pair(string path, int rank = 4)
    {
        var shape = Of($"{path}.weight").shape;
        return [($"{path}.lora_A.weight", Random(rank, shape[1])), ($"{path}.lora_B.weight", Random(shape[0], rank))];
    }

    /// <summary>The pairs of every layer's linear of a name.</summary>
    public (string, Tensor)[] Pairs(string name) =>
        [.. Enumerable.Range(0, 2).SelectMany(layer => Pair($"model.layers.{layer}.{name}"))];

    /// <summary>A folder with an adapter of r 4 and alpha 8; names without PEFT's prefix.</summary>
    public string Adapter(
        string targets, IEnumerable<(string Name, Tensor Tensor)> tensors, Action<JsonObject>? edit = null,
        bool isTorch = false)
    {
        var path = Directory.CreateDirectory(folder.Path($"adapter{_count++}")).FullName;
        var json = new JsonObject
        {
            ["peft_type"] = "LORA",
            ["task_type"] = "CAUSAL_LM",
            ["base_model_name_or_path"] = "x",
            ["r"] = 4,
            ["lora_alpha"] = 8,
            ["target_modules"] = targets.Contains('*')
                ? targets
                : new JsonArray([.. targets.Split(',').Select(name => (JsonNode)name)]),
        };
        edit?.Invoke(json);
        JsonOutput.Save(Path.Combine(path, "adapter_config.json"), json);
        Action<string, IReadOnlyList<(string, Tensor)>> save =
            isTorch ? TorchFileWriter.Save : SafetensorsWriter.Save;
        save(
            Path.Combine(path, isTorch ? PeftFolder.TorchWeightsFile : PeftFolder.WeightsFile),
            [.. tensors.Select(entry => (Body + entry.Name, entry.Tensor))]);
        return path;
    }

    /// <summary>A copy of the base with some matrices in place of its own, or beside them.</summary>
    public string Changed(IEnumerable<(string Name, Tensor Tensor)> matrices, Action<JsonObject>? edit = null)
    {
        var path = Directory.CreateDirectory(folder.Path($"base{_count++}")).FullName;
        var config = JsonInput.Load(Path.Combine(Base, "config.json"), "config").ToNode()!.AsObject();
        edit?.Invoke(config);
        JsonOutput.Save(Path.Combine(path, "config.json"), config);
        using var file = WeightFolder.Open(Base);
        var changed = matrices.ToDictionary(entry => entry.Name, entry => entry.Tensor);
        SafetensorsWriter.Save(
            Path.Combine(path, "model.safetensors"),
            [.. file.Names.Except(changed.Keys).Select(name => (name, Of(name))),
                .. changed.Select(entry => (entry.Key, entry.Value))]);
        return path;
    }

    /// <summary>
    /// PEFT's embedding with an adapter, row by row: E[x] + s * (A^T[x] B^T), in plain loops over double numbers.
    /// </summary>
    public static Tensor Embedding(Tensor embedding, Tensor a, Tensor b, double scaling)
    {
        var (e, left) = (embedding.data<float>().ToArray(), a.data<float>().ToArray());
        var right = b.data<float>().ToArray();
        var (rows, width, rank) = ((int)embedding.shape[0], (int)embedding.shape[1], (int)a.shape[0]);
        var sum = new float[e.Length];
        for (int x = 0; x < rows; x++)
        {
            for (int h = 0; h < width; h++)
            {
                double delta = Enumerable.Range(0, rank).Sum(k => (double)left[(k * rows) + x] * right[(h * rank) + k]);
                sum[(x * width) + h] = (float)(e[(x * width) + h] + (scaling * delta));
            }
        }

        return tensor(sum).view(rows, width);
    }

    /// <summary>What the program answers to a few ids.</summary>
    public static CliRun Generate(string model, string? adapter) => CliRun.Of(
    [
        "generate", "--model_name_or_path", model, "--input_ids", "1,5,17,9,44,3,200,31", "--max_new_tokens", "12",
        "--json", "--device", "cpu", .. adapter is null ? [] : new[] { "--lora_weights", adapter },
    ]);

    /// <summary>The tokens of an answer.</summary>
    public static string Tokens(string model, string? adapter = null)
    {
        var run = Generate(model, adapter);
        Assert.Equal((0, ""), (run.ExitCode, run.Error));
        return JsonInput.Parse(run.Output, "test").GetProperty("sequences").ToString();
    }
}
