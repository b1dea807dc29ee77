using LoNas.Models.Attention;
using LoNas.Weights;

namespace LoNas.Models;

/// <summary>
/// One model as its config.json describes it: its linear layers, and how to build it. Exactly one of the two builders
/// is there.
/// </summary>
public sealed record ModelDescription
{
    /// <summary>The sizes and linear layers.</summary>
    public required LinearLayout Layout { get; init; }

    /// <summary>Builds a language model; null for a classifier.</summary>
    public Func<WeightMap, LinearFactory, ICausalModel>? Causal { get; init; }

    /// <summary>Builds a classifier; null for a language model.</summary>
    public Func<WeightMap, LinearFactory, ISequenceClassifier>? Classifier { get; init; }

    /// <summary>The same classifier with so many labels; null for a language model.</summary>
    public Func<int, ModelDescription>? WithLabels { get; init; }

    /// <summary>What llama.cpp must be told besides the sizes; null where it has no form of the model.</summary>
    public LlamaCppSettings? LlamaCpp { get; init; }
}

/// <summary>What llama.cpp must be told of a model besides the sizes that all families have.</summary>
/// <param name="KeyValueHeads">Key and value heads.</param>
/// <param name="NormEpsilon">Added to the mean square of a norm before its root.</param>
/// <param name="RopeTheta">Base of the rotary frequencies.</param>
/// <param name="RopeScaling">How rotary positions are stretched; null leaves them as they are.</param>
/// <param name="Window">Latest positions that a query looks back to; null for all.</param>
public sealed record LlamaCppSettings(
    long KeyValueHeads, double NormEpsilon, double RopeTheta, RopeScaling? RopeScaling = null, long? Window = null);
