using LoNas.Models;

namespace LoNas.Formats.Nncf;

/// <summary>The kind of task that a search space is made for.</summary>
public enum NncfPreset
{
    /// <summary>Math word problems, with a causal model.</summary>
    Math,

    /// <summary>Commonsense questions, with a causal model.</summary>
    Commonsense,

    /// <summary>Conversations and texts, with a causal model.</summary>
    Chat,

    /// <summary>Sentence classification, with BERT.</summary>
    Glue,
}

/// <summary>
/// What <see cref="NncfWriter"/> makes a configuration from. <see cref="For"/> gives the defaults: those of the
/// published run if there is one for the model's size, otherwise those of the preset.
/// </summary>
public sealed record NncfRecipe
{
    private const string TokenTypes = "token_type_ids";

    /// <summary>Names of the linears with an adapter.</summary>
    public required IReadOnlyList<string> TargetModules { get; init; }

    /// <summary>Ranks, in descending order from the full rank.</summary>
    public required IReadOnlyList<int> Ranks { get; init; }

    /// <summary>
    /// MLP widths as fractions of the full width, in descending order from 1. Widths are rounded down.
    /// </summary>
    public IReadOnlyList<double> MlpRatios { get; init; } = [1, 0.875, 0.75, 0.625, 0.5];

    /// <summary>
    /// Attention heads as fractions of all heads, in descending order from 1. Rounded down to whole heads, at least
    /// one.
    /// </summary>
    public IReadOnlyList<double> HeadRatios { get; init; } = [1, 0.75, 0.5];

    /// <summary>The layers that are cut, by their index from 0; the others stay whole. Null: all.</summary>
    public IReadOnlyList<int>? Layers { get; init; }

    /// <summary>
    /// MLP widths of each block, without the full width, instead of <see cref="MlpRatios"/>; null to use the ratios.
    /// </summary>
    public IReadOnlyList<int[]>? MlpWidths { get; init; }

    /// <summary>
    /// Numbers of heads of each block, without the full number, instead of <see cref="HeadRatios"/>; null to use the
    /// ratios.
    /// </summary>
    public IReadOnlyList<int[]>? Heads { get; init; }

    /// <summary>Epochs of the single stage, and of its cosine schedule.</summary>
    public required int Epochs { get; init; }

    /// <summary>Learning rate at the start of the stage; 3e-4 by default.</summary>
    public double InitLearningRate { get; init; } = 3e-4;

    /// <summary>Smallest <c>width_indicator</c>; it is raised to the length of the longest width list.</summary>
    public required int WidthIndicator { get; init; }

    /// <summary>Epochs of a stage before, which trains the maximal sub-adapter alone; none by default.</summary>
    public int FullEpochs { get; init; }

    /// <summary>The learning rate at that stage's start; null: that of the other.</summary>
    public double? FullLearningRate { get; init; }

    /// <summary>Whether channels are put in the order of their importance before any are cut; no by default.</summary>
    public bool ReorganizesWeights { get; init; }

    /// <summary>Names of the model's inputs.</summary>
    public required IReadOnlyList<string> Inputs { get; init; }

    /// <summary>The number of tokens of a sample in the cost model.</summary>
    public required int SampleTokens { get; init; }

    /// <summary>The number of evaluations of a search.</summary>
    public required int Evaluations { get; init; }

    /// <summary>The number of sub-adapters in a generation.</summary>
    public required int Population { get; init; }

    /// <summary>The accuracy that a search compares with; -1 measures that of the maximal sub-adapter.</summary>
    public double ReferenceAccuracy { get; init; } = -1;

    /// <summary>The defaults of a preset for a model.</summary>
    /// <exception cref="ArgumentException">The preset is not for this model family.</exception>
    public static NncfRecipe For(NncfPreset preset, LinearLayout layout)
    {
        bool isGlue = preset == NncfPreset.Glue;
        var family = ModelFamilies.Of(layout.Config);
        if (isGlue != family.IsClassifier)
        {
            var classifiers = ModelFamilies.All.Where(family => family.IsClassifier).Select(family => family.ModelType);
            throw new ArgumentException(isGlue
                ? $"The preset glue is for {string.Join(", ", classifiers)}, and the model is a {family.ModelType}; "
                    + "choose math, commonsense or chat"
                : $"The model is a {family.ModelType}, which only the preset glue is for; choose glue");
        }

        var published = PublishedRun.Find(preset, layout);
        var recipe = preset switch
        {
            NncfPreset.Glue => Glue(),
            NncfPreset.Chat => Causal() with { Epochs = 3, SampleTokens = 1024 },
            _ => Causal(),
        };
        return recipe with
        {
            TargetModules = published?.Targets ?? family.Targets,
            Inputs = [.. recipe.Inputs.Where(name => name != TokenTypes || family.Nncf?.HasTokenTypes == true)],
            Epochs = published?.Epochs ?? recipe.Epochs,
            ReferenceAccuracy = published?.ReferenceAccuracy ?? recipe.ReferenceAccuracy,
            Heads = published?.Heads,
            MlpWidths = published?.MlpWidths,
        };
    }

    private static NncfRecipe Causal() => new()
    {
        TargetModules = [],
        Ranks = [32, 28],
        Epochs = 6,
        WidthIndicator = 5,
        Inputs = ["input_ids", "attention_mask"],
        SampleTokens = 256,
        Evaluations = 200,
        Population = 8,
    };

    private static NncfRecipe Glue() => new()
    {
        TargetModules = [],
        Ranks = [8, 4, 2],
        Epochs = 35,
        WidthIndicator = 4,
        Inputs = ["input_ids", TokenTypes, "attention_mask"],
        SampleTokens = 128,
        Evaluations = 1000,
        Population = 40,
    };
}
