using LoNas.Elastic;
using LoNas.Storage;

namespace LoNas.Formats.Nncf;

/// <summary>Reads lists of elastic dimensions. This project supports only width.</summary>
internal static class ElasticDimensions
{
    /// <summary>The names in a list of dimensions. Any name but "width" adds an error.</summary>
    public static IReadOnlyList<string> Read(ConfigurationNode list)
    {
        var names = new List<string>();
        foreach (var item in list.Items())
        {
            if (item.Text() is not { } name)
            {
                continue;
            }

            names.Add(name);
            if (name != "width")
            {
                item.AddError($"the elastic dimension '{name}' is not supported; only \"width\" is: remove it");
            }
        }

        return names;
    }
}

/// <summary>Reads an NNCF configuration; errors are collected in the node.</summary>
internal static class NncfReader
{
    public static NncfConfiguration Read(ConfigurationNode root, string origin)
    {
        // log_dir is the reference's; here the caller says where files go.
        root.Object("input_info", "bootstrapNAS", "log_dir");
        var nas = root.Required("bootstrapNAS").Object("training", "search");
        // The last three keys are accepted without effect: LoNAS's models have no batch norms, their base is frozen,
        // and sub-adapters are never sampled by the sandwich rule.
        var training = nas.Required("training").Object(
            "algorithm", "progressivity_of_elasticity", "schedule", "lr_schedule", "elasticity",
            "frozen_layers_allowed", "batchnorm_adaptation", "sandwich_rule");
        training["algorithm"].Choice("progressive_shrinking");
        ElasticDimensions.Read(training["progressivity_of_elasticity"]);
        var elasticity = training.Required("elasticity").Object("available_elasticity_dims", "width");
        ElasticDimensions.Read(elasticity["available_elasticity_dims"]);
        var width = elasticity.Required("width").Object(
            "overwrite_groups", "overwrite_groups_widths", "add_dynamic_inputs", "filter_importance");

        var warnings = new List<string>();
        var stages = ReadStages(training, warnings);
        return new NncfConfiguration
        {
            Origin = origin,
            SampleTokens = ReadSampleTokens(root.Required("input_info")),
            Stages = stages,
            GlobalSchedule = LearningRateSchedule.Read(training["lr_schedule"], stages.Sum(stage => stage.Epochs)),
            Groups = GroupReader.Read(width),
            DynamicInputs = GroupReader.ReadDynamicInputs(width["add_dynamic_inputs"]),
            FilterImportance = width["filter_importance"].Choice("L1", "L2", "geometric_median") switch
            {
                "L2" => ChannelNorm.L2,
                "geometric_median" => ChannelNorm.GeometricMedian,
                _ => ChannelNorm.L1,
            },
            Search = SearchDescription.Read(nas["search"]),
            Warnings = warnings,
        };
    }

    private static List<StageDescription> ReadStages(ConfigurationNode training, List<string> warnings)
    {
        bool hasGlobalSchedule = LearningRateSchedule.IsChosen(training["lr_schedule"]);
        var list = training["schedule"].Object("list_stage_descriptions")["list_stage_descriptions"];
        if (!list.IsPresent)
        {
            warnings.Add($"{list.Path} is missing: one stage of one epoch at full width is assumed");
            return [new StageDescription()];
        }

        var stages = list.Items().Select(item => StageDescription.Read(item, hasGlobalSchedule, warnings)).ToList();
        if (stages.Count == 0)
        {
            list.AddError("holds no stage; add one or remove the key");
        }

        return stages;
    }

    private static int ReadSampleTokens(ConfigurationNode info)
    {
        // NNCF also accepts a single input as a bare object.
        var inputs = info.IsObject ? [info] : info.Items();
        foreach (var input in inputs)
        {
            input.Object("sample_size", "type", "keyword");
        }

        if (inputs.Count == 0)
        {
            return 0;
        }

        long tokens = 1;
        var size = inputs[0].Required("sample_size");
        foreach (var extent in size.Items())
        {
            tokens = Math.Min(tokens * extent.Integer(1, minimum: 1), int.MaxValue);
        }

        return (int)tokens;
    }
}
