using LoNas.Runtime;
using LoNas.Storage;
using LoNas.Weights;
using static TorchSharp.torch;

namespace LoNas.Models;

/// <summary>A Hugging Face model folder: its configuration, and the model built on its mapped weights.</summary>
public sealed class ModelFolder
{
    private const string ConfigFile = "config.json";

    private readonly ModelFamily _family;

    private ModelFolder(string path, ModelFamily family, ScalarType checkpointType)
    {
        Path = path;
        _family = family;
        CheckpointType = checkpointType;
    }

    /// <summary>The folder.</summary>
    public string Path { get; }

    /// <summary>The model's shape.</summary>
    public ModelConfig Config => _family.Config;

    /// <summary>Whether it is a classifier, and else a language model.</summary>
    public bool IsClassifier => _family.Classifier is not null;

    /// <summary>The element type that the checkpoint stores; the narrowest one of several.</summary>
    public ScalarType CheckpointType { get; }

    /// <summary>
    /// The tokens that end a sequence, as Transformers finds them: those of generation_config.json, else of config.json;
    /// empty where neither names any.
    /// </summary>
    public required IReadOnlyList<int> EosIds { get; init; }

    /// <summary>Reads and checks a folder's configuration and the headers of its weights.</summary>
    /// <exception cref="InvalidDataException">The folder, a file or a key is missing or unusable.</exception>
    public static ModelFolder Open(string path)
    {
        InputPath.RequireFolder(path, "model");
        var file = System.IO.Path.Combine(path, ConfigFile);
        var origin = $"model configuration '{file}'";
        var json = JsonInput.Load(file, "model configuration").RequireObject(origin);
        var family = ModelFamily.Read(json, origin);
        using var weights = WeightFolder.Open(path);
        var types = weights.Names.Select(weights.TypeOf).ToArray();
        var narrowest = types.Contains(ScalarType.Float32) && !types.Contains(ScalarType.BFloat16)
            && !types.Contains(ScalarType.Float16) ? ScalarType.Float32
            : types.Contains(ScalarType.BFloat16) ? ScalarType.BFloat16
            : types.Contains(ScalarType.Float16) ? ScalarType.Float16
            : ScalarType.Float32;
        return new ModelFolder(path, family, narrowest) { EosIds = EndTokens.Read(path, json, origin) };
    }

    /// <summary>Builds the language model, in evaluation mode; <paramref name="linears"/> makes its linear layers.</summary>
    /// <param name="dtype">Element type of the base; weights stored in it are mapped, others converted.</param>
    /// <param name="linears">Given the weights, the factory of linear layers.</param>
    /// <param name="device">Where it computes; null: on the CPU.</param>
    /// <exception cref="InvalidDataException">
    /// Weights are missing or have other shapes, all of which are named; or the model is no language model.
    /// </exception>
    /// <exception cref="NativeLibraryException">libtorch is not loaded yet and can't be.</exception>
    public ICausalModel Build(ScalarType dtype, Func<WeightMap, LinearFactory> linears, Device? device = null) =>
        _family.Causal is { } build
            ? Build(dtype, linears, build, device: device)
            : throw new InvalidDataException(
                $"The model '{Path}' is a {Config.ModelType} classifier; expected a language model such as llama or bloom");

    /// <summary>Builds the classifier, in evaluation mode; <paramref name="linears"/> makes its linear layers.</summary>
    /// <param name="dtype">Element type of the base; weights stored in it are mapped, others converted.</param>
    /// <param name="linears">Given the weights, the factory of linear layers.</param>
    /// <param name="labels">Classes, 1 for regression; null takes the configuration's number.</param>
    /// <exception cref="InvalidDataException">
    /// Weights are missing or have other shapes, all of which are named; or the model is no classifier.
    /// </exception>
    /// <exception cref="NativeLibraryException">libtorch is not loaded yet and can't be.</exception>
    public ISequenceClassifier BuildClassifier(
        ScalarType dtype, Func<WeightMap, LinearFactory> linears, int? labels = null) =>
        _family.Classifier is { } build
            ? Build(dtype, linears, (weights, linear) => build(weights, linear, labels))
            : throw new InvalidDataException(
                $"The model '{Path}' is a {Config.ModelType} language model; expected a classifier such as bert");

    /// <summary>
    /// Builds the model with every parameter mapped in the type it is stored in: to be read, since a model of several types
    /// does not compute.
    /// </summary>
    internal IDisposable BuildAsStored(Func<WeightMap, LinearFactory> linears) => _family.Causal is { } build
        ? Build(CheckpointType, linears, build, keepsStored: true)
        : Build(CheckpointType, linears, (weights, linear) => _family.Classifier!(weights, linear, null), keepsStored: true);

    private TModel Build<TModel>(
        ScalarType dtype,
        Func<WeightMap, LinearFactory> linears,
        Func<WeightMap, LinearFactory, TModel> build,
        bool keepsStored = false,
        Device? device = null)
        where TModel : class, IDisposable
    {
        TorchRuntime.Require();
        using var weights = WeightFolder.Open(Path);
        var map = new WeightMap(weights, dtype, device) { KeepsStored = keepsStored };
        var model = build(map, linears(map));
        try
        {
            map.ThrowIfMismatched();
        }
        catch
        {
            model.Dispose();
            throw;
        }

        if (device?.type == TorchSharp.DeviceType.CUDA)
        {
            DeviceMemory.Room(device); // noted before work takes any
        }

        ((nn.Module)(object)model).eval();
        return model;
    }
}
