using System.Text.Json;
using LoNas.Models.Families;
using LoNas.Storage;
using LoNas.Weights;

namespace LoNas.Models;

/// <summary>
/// A model family held against one config.json: the facts, and how to build the model. Exactly one of the two builders is
/// there. A new family is a row in <see cref="Read"/>.
/// </summary>
internal sealed record ModelFamily
{
    private const string Supported = "llama, mistral, qwen2, bloom, bert";

    public required ModelConfig Config { get; init; }

    /// <summary>The linear layers.</summary>
    public required LinearLayout Layout { get; init; }

    /// <summary>Builds a language model; null for a classifier.</summary>
    public Func<WeightMap, LinearFactory, ICausalModel>? Causal { get; private init; }

    /// <summary>Builds a classifier of so many labels; null for a language model.</summary>
    public Func<WeightMap, LinearFactory, int?, ISequenceClassifier>? Classifier { get; private init; }

    /// <summary>Reads a configuration by its <c>model_type</c>.</summary>
    /// <exception cref="InvalidDataException">The family is unknown, or keys are unusable.</exception>
    public static ModelFamily Read(JsonElement json, string origin)
    {
        var type = json.TryGetProperty("model_type", out var value) && value.ValueKind == JsonValueKind.String
            ? value.GetString()
            : null;
        if (json.TryGetProperty("quantization_config", out var quantization) && quantization.ValueKind != JsonValueKind.Null)
        {
            throw new InvalidDataException(
                $"The {origin} has a quantization_config; quantised weights are not supported, get the checkpoint that is not "
                + "quantised");
        }

        return type switch
        {
            "llama" or "mistral" or "qwen2" => Llama(LlamaConfig.Read(json, origin)),
            "bloom" => Bloom(BloomConfig.Read(json, origin)),
            "bert" => Bert(BertConfig.Read(json, origin)),
            _ => throw new InvalidDataException(
                $"The {origin} has the model_type '{Excerpt.Of(type ?? "(none)")}'; supported are {Supported}"),
        };
    }

    private static ModelFamily Llama(LlamaConfig config) => new()
    {
        Config = config.Facts,
        Layout = LinearLayoutLlama.Of(config),
        Causal = (weights, linear) => new Llama(config, weights, linear),
    };

    private static ModelFamily Bloom(BloomConfig config) => new()
    {
        Config = config.Facts,
        Layout = LinearLayoutBloom.Of(config),
        Causal = (weights, linear) => new Bloom(config, weights, linear),
    };

    private static ModelFamily Bert(BertConfig config) => new()
    {
        Config = config.Facts,
        Layout = LinearLayoutBert.Of(config),
        Classifier = (weights, linear, labels) =>
            new Bert(labels is { } count ? config with { LabelCount = count } : config, weights, linear),
    };
}
