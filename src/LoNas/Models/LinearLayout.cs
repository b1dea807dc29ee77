using System.Text.Json;
using LoNas.Files;

namespace LoNas.Models;

/// <summary>
/// All linear layers of a model and the number of its other parameters, known from its config.json alone: no weights
/// are read and no tensor is made. Sizes in elements.
/// </summary>
public sealed record LinearLayout
{
    private const string ConfigFile = "config.json";

    /// <summary>The family, as <c>model_type</c> names it.</summary>
    public required string ModelType { get; init; }

    /// <summary>Transformer blocks.</summary>
    public required int BlockCount { get; init; }

    /// <summary>Width of the residual stream, H.</summary>
    public required long HiddenSize { get; init; }

    /// <summary>Width of one attention head, D.</summary>
    public required long HeadSize { get; init; }

    /// <summary>The linear layers in the order of the model, the head among them even where it is tied.</summary>
    public required IReadOnlyList<LinearSize> Linears { get; init; }

    /// <summary>Parameters outside the linears' weights and biases: embeddings and norms.</summary>
    public required long OtherParameters { get; init; }

    /// <summary>The path of a head whose weight is the embedding's, or null.</summary>
    public string? TiedHead { get; init; }

    /// <summary>The path of a head that is trained in full beside the adapters, as for classification; or null.</summary>
    public string? TrainedHead { get; init; }

    /// <summary>Reads the layout of a model folder or of a config.json itself.</summary>
    /// <exception cref="InvalidDataException">The file is missing, no JSON, or describes no supported model.</exception>
    public static LinearLayout Load(string path)
    {
        var file = Directory.Exists(path) ? Path.Combine(path, ConfigFile) : path;
        var origin = $"model configuration '{file}'";
        return Read(JsonInput.Load(file, "model configuration").RequireObject(origin), origin);
    }

    /// <summary>Reads the layout from config.json's keys; <paramref name="origin"/> names them in errors.</summary>
    /// <exception cref="InvalidDataException">Keys are missing or mistyped, or the family is not supported.</exception>
    public static LinearLayout Read(JsonElement json, string origin)
    {
        var type = json.TryGetProperty("model_type", out var value) && value.ValueKind == JsonValueKind.String
            ? value.GetString()
            : null;
        return type switch
        {
            "llama" or "mistral" or "qwen2" => LinearLayoutLlama.Read(json, origin, type),
            "bloom" => LinearLayoutBloom.Read(json, origin),
            "bert" => LinearLayoutBert.Read(json, origin),
            _ => throw new InvalidDataException(
                $"The {origin} has the model_type '{type ?? "(none)"}'; supported are llama, mistral, qwen2, bloom, bert"),
        };
    }
}
