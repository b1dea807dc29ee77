using System.Text.Json;
using LoNas.Files;
using static TorchSharp.torch;

namespace LoNas.Models;

/// <summary>A Hugging Face model folder: its configuration, and the model built on its mapped weights.</summary>
public sealed class ModelFolder
{
    private const string ConfigFile = "config.json";

    private ModelFolder(string path, LlamaConfig config, ScalarType checkpointType)
    {
        Path = path;
        Config = config;
        CheckpointType = checkpointType;
    }

    /// <summary>The folder.</summary>
    public string Path { get; }

    /// <summary>The model's shape.</summary>
    public LlamaConfig Config { get; }

    /// <summary>The element type that the checkpoint stores.</summary>
    public ScalarType CheckpointType { get; }

    /// <summary>Reads and checks a folder's configuration and the headers of its weights.</summary>
    /// <exception cref="InvalidDataException">The folder, a file or a key is missing or unusable.</exception>
    public static ModelFolder Open(string path)
    {
        InputPath.RequireFolder(path, "model");
        var file = System.IO.Path.Combine(path, ConfigFile);
        var origin = $"model configuration '{file}'";
        var json = JsonInput.Load(file, "model configuration").RequireObject(origin);
        var type = json.TryGetProperty("model_type", out var value) && value.ValueKind == JsonValueKind.String
            ? value.GetString()
            : null;
        if (type != "llama")
        {
            throw new InvalidDataException($"The {origin} has the model_type '{type ?? "(none)"}'; supported is llama");
        }

        var config = LlamaConfig.Read(json, origin);
        using var weights = WeightFolder.Open(path);
        var types = weights.Names.Select(weights.TypeOf).ToArray();
        var narrowest = types.Contains(ScalarType.Float32) && !types.Contains(ScalarType.BFloat16)
            && !types.Contains(ScalarType.Float16) ? ScalarType.Float32
            : types.Contains(ScalarType.BFloat16) ? ScalarType.BFloat16
            : types.Contains(ScalarType.Float16) ? ScalarType.Float16
            : ScalarType.Float32;
        return new ModelFolder(path, config, narrowest);
    }

    /// <summary>Builds the model, in evaluation mode; <paramref name="linears"/> makes its linear layers.</summary>
    /// <param name="dtype">Element type of the base; weights stored in it are mapped, others converted.</param>
    /// <param name="linears">Given the weights, the factory of linear layers.</param>
    /// <exception cref="InvalidDataException">Weights are missing or have other shapes; all are named.</exception>
    public Llama Build(ScalarType dtype, Func<WeightMap, LinearFactory> linears)
    {
        using var weights = WeightFolder.Open(Path);
        var map = new WeightMap(weights, dtype);
        var model = new Llama(Config, map, linears(map));
        try
        {
            map.ThrowIfMismatched();
        }
        catch
        {
            model.Dispose();
            throw;
        }

        model.eval();
        return model;
    }
}
