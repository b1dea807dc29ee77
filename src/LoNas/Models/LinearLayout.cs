using System.Text.Json;
using LoNas.Storage;
using LoNas.Weights;

namespace LoNas.Models;

/// <summary>The size of one linear layer of a model, which maps [..., In] to [..., Out].</summary>
/// <param name="Path">Its name in the checkpoint, such as <c>model.layers.0.mlp.up_proj</c>.</param>
/// <param name="In">Input features.</param>
/// <param name="Out">Output features.</param>
/// <param name="Bias">Whether it has a bias [Out].</param>
/// <param name="Parts">
/// Equal parts of its outputs, of which a width counts one and cuts all: 2 where gate and up are one matrix.
/// </param>
public sealed record LinearSize(string Path, long In, long Out, bool Bias = false, int Parts = 1);

/// <summary>
/// All linear layers of a model, known from its config.json alone: no weights are read and no tensor is made. Nothing
/// else says how large they are.
/// </summary>
public sealed record LinearLayout
{
    /// <summary>
    /// The usual path of a language model's head; <see cref="ModelFamily.HeadPath"/> is that of a family.
    /// </summary>
    public const string LanguageHead = "lm_head";

    private const string ConfigFile = "config.json";

    /// <summary>The model's sizes.</summary>
    public required ModelConfig Config { get; init; }

    /// <summary>The linear layers in the order of the model, the head among them even where it is tied.</summary>
    public required IReadOnlyList<LinearSize> Linears { get; init; }

    /// <summary>
    /// The path of a head that is trained in full beside the adapters, as for classification; or null.
    /// </summary>
    public string? TrainedHead { get; init; }

    /// <summary>
    /// The element type that config.json names for the weights, such as <c>float16</c>; null where it names none.
    /// </summary>
    public string? TypeName { get; init; }

    /// <summary>Reads the layout of a model folder or of a config.json itself.</summary>
    /// <exception cref="InvalidDataException">
    /// The file is missing, no JSON, or describes no supported model.
    /// </exception>
    public static LinearLayout Load(string path)
    {
        if (!File.Exists(path) || !path.EndsWith(".json", StringComparison.OrdinalIgnoreCase))
        {
            FolderGuide.RequireModel(path);
        }

        var file = Directory.Exists(path) ? Path.Combine(path, ConfigFile) : path;
        var origin = $"model configuration '{file}'";
        return Read(JsonInput.Load(file, "model configuration").RequireObject(origin), origin);
    }

    /// <summary>Reads the layout from config.json's keys; <paramref name="origin"/> names them in errors.</summary>
    /// <exception cref="InvalidDataException">Keys are missing or mistyped, or the family is not supported.</exception>
    public static LinearLayout Read(JsonElement json, string origin) => ModelFamilies.Read(json, origin).Layout with
    {
        // The name that Transformers gave the key up to version 4, and the later one.
        TypeName = new[] { "torch_dtype", "dtype" }
            .Where(key => json.TryGetProperty(key, out var type) && type.ValueKind == JsonValueKind.String)
            .Select(key => json.GetProperty(key).GetString()).FirstOrDefault(),
    };
}
