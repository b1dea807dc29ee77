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

    /// <summary>What a classifier's labels are, as config.json says; null where their number says it.</summary>
    public string? ProblemType { get; init; }

    /// <summary>
    /// The modules of a larger model that are not read, by their names at the top of the checkpoint or in its body.
    /// </summary>
    public IReadOnlyList<string> OtherParts { get; init; } = [];

    /// <summary>What the user should know of how the configuration is read; mostly nothing.</summary>
    public IReadOnlyList<string> Notices { get; init; } = [];

    /// <summary>What llama.cpp must be told besides the sizes; null where it has no form of the model.</summary>
    public LlamaCppSettings? LlamaCpp { get; init; }
}

/// <summary>Transformers' names for what labels are.</summary>
internal static class ProblemTypes
{
    public const string Regression = "regression";
    public const string SingleLabel = "single_label_classification";
    public const string MultiLabel = "multi_label_classification";

    /// <summary>The one that config.json names; null where it names none.</summary>
    public static string? Read(ConfigReader keys)
    {
        var name = keys.Text("problem_type", "");
        keys.Require(
            name is "" or Regression or SingleLabel or MultiLabel,
            $"problem_type is '{name}'; expected {Regression}, {SingleLabel} or {MultiLabel}");
        return name.Length == 0 ? null : name;
    }
}
