using System.Text.Json.Nodes;
using LoNas.Elastic;
using LoNas.Models;

namespace LoNas.Formats.Nncf;

/// <summary>
/// Writes an NNCF configuration for a model from its sizes: the same groups as in the reference's files, one stage or
/// two, and a search. The reference's own programs can read it.
/// </summary>
public static class NncfWriter
{
    /// <summary>Writes a configuration that <see cref="NncfConfiguration.Parse"/> can read.</summary>
    /// <exception cref="ArgumentException">
    /// A list is not in descending order from the full width, or a target is unknown.
    /// </exception>
    public static JsonObject Write(LinearLayout layout, NncfRecipe recipe)
    {
        Check(layout, recipe);
        var groups = new NncfGroups(layout, recipe);
        var width = new JsonObject
        {
            ["overwrite_groups"] = groups.Members,
            ["overwrite_groups_widths"] = groups.Widths,
        };
        if (groups.DynamicInputs() is { Count: > 0 } inputs)
        {
            width["add_dynamic_inputs"] = inputs;
        }

        int longest = groups.Widths.Max(list => list!.AsArray().Count);
        return new JsonObject
        {
            ["input_info"] = new JsonArray([.. recipe.Inputs.Select(input => (JsonNode)new JsonObject
            {
                ["sample_size"] = new JsonArray(1, recipe.SampleTokens),
                ["type"] = "long",
                ["keyword"] = input,
            })]),
            ["bootstrapNAS"] = new JsonObject
            {
                ["training"] = Training(recipe, width, Math.Max(recipe.WidthIndicator, longest)),
                ["search"] = Search(recipe),
            },
        };
    }

    private static JsonObject Training(NncfRecipe recipe, JsonObject width, int widthIndicator) => new()
    {
        ["algorithm"] = "progressive_shrinking",
        ["frozen_layers_allowed"] = true,
        ["progressivity_of_elasticity"] = new JsonArray("width"),
        ["batchnorm_adaptation"] = NoBatchNorms(),
        ["schedule"] = new JsonObject
        {
            ["list_stage_descriptions"] = new JsonArray(
            [
                // The first widths are the full ones.
                .. recipe.FullEpochs > 0
                    ? [Stage(recipe.FullEpochs, recipe.FullLearningRate ?? recipe.InitLearningRate, widthIndicator: 1)]
                    : Array.Empty<JsonNode>(),
                Stage(recipe.Epochs, recipe.InitLearningRate, widthIndicator, recipe.ReorganizesWeights),
            ]),
        },
        ["elasticity"] = new JsonObject
        {
            ["available_elasticity_dims"] = new JsonArray("width"),
            ["width"] = width,
        },
    };

    private static JsonNode Stage(int epochs, double learningRate, int widthIndicator, bool reorganizes = false)
    {
        var stage = new JsonObject
        {
            ["train_dims"] = new JsonArray("width"),
            ["epochs"] = epochs,
            ["depth_indicator"] = 1,
            ["width_indicator"] = widthIndicator,
            ["init_lr"] = learningRate,
            ["epochs_lr"] = epochs,
            ["sample_rate"] = 1,
        };
        if (reorganizes)
        {
            stage["reorg_weights"] = true;
        }

        return stage;
    }

    private static JsonObject Search(NncfRecipe recipe) => new()
    {
        ["algorithm"] = "NSGA2",
        ["batchnorm_adaptation"] = NoBatchNorms(),
        ["num_evals"] = recipe.Evaluations,
        ["population"] = recipe.Population,
        ["ref_acc"] = recipe.ReferenceAccuracy,
        ["acc_delta"] = 0.01,
    };

    // Without effect here. NNCF would try to adapt batch norms, which these models do not have, unless told not to.
    private static JsonObject NoBatchNorms() => new() { ["num_bn_adaptation_samples"] = 0 };

    private static void Check(LinearLayout layout, NncfRecipe recipe)
    {
        if (ModelFamilies.Of(layout.Config).Nncf is null)
        {
            throw new ArgumentException(
                $"Of the family {layout.Config.ModelType} no NNCF names are known; write the configuration by hand");
        }

        RequireDescending("ranks", recipe.Ranks.Select(rank => (double)rank), full: null);
        RequireDescending("MLP ratios", recipe.MlpRatios, full: 1);
        RequireDescending("head ratios", recipe.HeadRatios, full: 1);
        int layers = layout.Config.LayerCount;
        if (recipe.Layers is { Count: 0 })
        {
            throw new ArgumentException($"No layer is to be cut; name some of the layers 0 to {layers - 1}");
        }

        if (recipe.Layers?.Where(layer => layer < 0 || layer >= layers).ToArray() is { Length: > 0 } absent)
        {
            throw new ArgumentException(
                $"The model has the layers 0 to {layers - 1} and none of the number {string.Join(", ", absent)}");
        }

        var lora = new LoraOptions { TargetModules = recipe.TargetModules };
        var missing = AdaptedLinears.MissingTargets(layout.Linears.Select(linear => linear.Path), lora);
        if (missing.Count > 0)
        {
            throw new ArgumentException(
                $"The {layout.Config.ModelType} has no linear layer named {string.Join(", ", missing)}");
        }
    }

    private static void RequireDescending(string what, IEnumerable<double> list, double? full)
    {
        var values = list.ToArray();
        bool fits = values.Length > 0 && values[^1] > 0 && (full is null || values[0] == full)
            && values.Zip(values.Skip(1)).All(pair => pair.First > pair.Second);
        if (!fits)
        {
            var start = full is null ? "" : $" from {full}";
            throw new ArgumentException(FormattableString.Invariant(
                $"The {what} are {string.Join(", ", values)}; expected positive numbers that descend{start}"));
        }
    }
}
