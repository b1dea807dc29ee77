using LoNas.Models;

namespace LoNas.Formats.Nncf;

/// <summary>
/// What <see cref="NncfWriter"/> makes a configuration from. <see cref="For"/> gives the defaults: those of the
/// published run where the model has a published size, otherwise the preset's.
/// </summary>
public sealed record NncfRecipe
{
    /// <summary>Names of the linears that get an adapter.</summary>
    public required IReadOnlyList<string> TargetModules { get; init; }

    /// <summary>Ranks, descending from the full one.</summary>
    public required IReadOnlyList<int> Ranks { get; init; }

    /// <summary>MLP widths as shares of the full one, descending from 1; widths are rounded down.</summary>
    public IReadOnlyList<double> MlpRatios { get; init; } = [1, 0.875, 0.75, 0.625, 0.5];

    /// <summary>
    /// Attention heads as shares of all, descending from 1; rounded down to whole heads, at least one.
    /// </summary>
    public IReadOnlyList<double> HeadRatios { get; init; } = [1, 0.75, 0.5];

    /// <summary>
    /// MLP widths of each block below the full one, in place of <see cref="MlpRatios"/>; null: by ratio.
    /// </summary>
    public IReadOnlyList<int[]>? MlpWidths { get; init; }

    /// <summary>
    /// Heads of each block below the full number, in place of <see cref="HeadRatios"/>; null: by ratio.
    /// </summary>
    public IReadOnlyList<int[]>? Heads { get; init; }

    /// <summary>Epochs of the one stage, and of its cosine.</summary>
    public required int Epochs { get; init; }

    /// <summary>Learning rate at the stage's start; 3e-4 by default.</summary>
    public double InitLearningRate { get; init; } = 3e-4;

    /// <summary>Least <c>width_indicator</c>; longer lists raise it.</summary>
    public required int WidthIndicator { get; init; }

    /// <summary>Names of the model's inputs.</summary>
    public required IReadOnlyList<string> Inputs { get; init; }

    /// <summary>Tokens of a sample in the cost model.</summary>
    public required int SampleTokens { get; init; }

    /// <summary>Evaluations of a search.</summary>
    public required int Evaluations { get; init; }

    /// <summary>Sub-adapters of a generation.</summary>
    public required int Population { get; init; }

    /// <summary>The accuracy a search compares with; -1: the measured one of the maximal sub-adapter.</summary>
    public double ReferenceAccuracy { get; init; } = -1;

    /// <summary>The defaults of a preset for a model.</summary>
    /// <exception cref="ArgumentException">The preset is not for this family.</exception>
    public static NncfRecipe For(NncfPreset preset, LinearLayout layout)
    {
        bool isGlue = preset == NncfPreset.Glue;
        var family = ModelFamilies.Of(layout.Config);
        if (isGlue != family.IsClassifier)
        {
            var classifiers = ModelFamilies.All.Where(family => family.IsClassifier).Select(family => family.ModelType);
            throw new ArgumentException(isGlue
                ? $"The preset glue is for {string.Join(" and ", classifiers)}, and the model is a {family.ModelType}; choose "
                    + "math or commonsense"
                : $"The model is a {family.ModelType}, which only the preset glue is for; choose glue");
        }

        var published = PublishedRun.Find(preset, layout);
        var recipe = isGlue ? Glue() : Causal();
        return recipe with
        {
            TargetModules = published?.Targets ?? family.Targets,
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
        Inputs = ["input_ids", "token_type_ids", "attention_mask"],
        SampleTokens = 128,
        Evaluations = 1000,
        Population = 40,
    };
}
