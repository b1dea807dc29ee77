using LoNas.Cli.Flags;
using LoNas.Cli.Model;
using LoNas.Cli.Options;
using LoNas.Cli.Output;
using LoNas.Elastic;
using LoNas.Evaluation;
using LoNas.Formats.Nncf;
using LoNas.Hub;
using LoNas.Models;
using LoNas.Storage;

namespace LoNas.Cli.Inspect;

/// <summary>Writes a search space for a model, from its config.json alone.</summary>
internal static class MakeConfigCommand
{
    public static CommandDefinition Definition { get; } = CommandDefinition.Create(
        "make-config", "write a search space from a config.json",
        () => MakeConfigOptions.Table, options => options.Validate(), Run,
        new(
            "a search space for the sample model",
            "./lonas make-config --model_name_or_path samples/model --preset math --output out/math.json"),
        new(
            "one of two ranks and three MLP widths",
            "./lonas make-config --model_name_or_path samples/model --preset math --ranks 16,8"
            + " --mlp_ratios 1,0.75,0.5"));

    private static int Run(MakeConfigOptions options, ConsoleReporter console, CancellationToken cancel)
    {
        var folder = ModelOpening.Locate(options.Model, HubContent.Configuration, console, cancel);
        if (options.Output is { } file)
        {
            OutputFile.Require(file, options.Overwrite, [folder]);
        }

        var layout = LinearLayout.Load(folder);
        var (recipe, targets) = Recipe(options, layout);
        var json = NncfWriter.Write(layout, recipe);
        if (options.Output is not { } path)
        {
            console.Verbatim(json.ToJsonString(JsonOutput.Indented));
            Again(options).ShowBeside(console);
            return ExitCode.Success;
        }

        JsonOutput.Save(path, json, options.Overwrite);
        console.Line(
            $"wrote '{path}'; it goes with --lora_r {recipe.Ranks[0]} --target_modules "
            + $"{string.Join(',', targets)}{options.Limits}");
        options.Limits.Give(Training(options, path, recipe.Ranks[0], targets)).Show(console);
        return ExitCode.Success;
    }

    private static NextStep Training(MakeConfigOptions options, string path, int rank, IReadOnlyList<string> targets) =>
        options.Preset switch
        {
            NncfPreset.Glue => NextSteps.TrainClassifier(options.Model, path, rank, targets),
            NncfPreset.Chat => NextSteps.TrainRecords(options.Model, path, rank, targets),
            NncfPreset.Math => NextSteps.Train(options.Model, TaskSuite.Math, path, rank, targets),
            _ => NextSteps.Train(options.Model, TaskSuite.Commonsense, path, rank, targets),
        };

    /// <summary>The same command with a file.</summary>
    private static NextStep Again(MakeConfigOptions options) => NextStep
        .With("make-config", "write it into a file")
        .Keep(MakeConfigOptions.Table, options, _ => true)
        .Give("output", FreeName.Here(options.Model.ModelNameOrPath, ".json", "nncf_"));

    /// <summary>What is written, and the targets that a training is given for it, with their limits.</summary>
    private static (NncfRecipe Recipe, IReadOnlyList<string> Targets) Recipe(
        MakeConfigOptions options, LinearLayout layout)
    {
        var recipe = NncfRecipe.For(options.Preset!.Value, layout);
        var targets = options.TargetModules.Count == 0 ? recipe.TargetModules : options.TargetModules;
        var lora = options.Limits.Apply(TargetNames.Of(new LoraOptions(), targets));
        string[] paths = [.. layout.Linears.Select(linear => linear.Path)];
        if (options.TargetModules.Count > 0 || options.Limits.IsGiven)
        {
            AdaptedLinears.RequireTargets(paths, lora, options.Model.ModelNameOrPath);
        }

        var names = lora.Resolved(paths).TargetModules;
        return (Recipe(options, recipe, names), options.Limits.IsGiven ? targets : names);
    }

    private static NncfRecipe Recipe(MakeConfigOptions options, NncfRecipe recipe, IReadOnlyList<string> names) =>
        recipe with
        {
            TargetModules = names,
            Ranks = options.Ranks ?? recipe.Ranks,
            MlpRatios = options.MlpRatios ?? recipe.MlpRatios,
            MlpWidths = options.MlpRatios is null ? recipe.MlpWidths : null,
            HeadRatios = options.HeadRatios ?? recipe.HeadRatios,
            Heads = options.HeadRatios is null ? recipe.Heads : null,
            Layers = options.ElasticLayers,
            Epochs = options.Epochs ?? recipe.Epochs,
            FullEpochs = options.FullEpochs,
            FullLearningRate = options.FullLr,
            ReorganizesWeights = options.ReorgWeights,
            InitLearningRate = options.InitLr ?? recipe.InitLearningRate,
            SampleTokens = options.SampleTokens ?? recipe.SampleTokens,
            Evaluations = options.NumEvals ?? recipe.Evaluations,
            Population = options.Population ?? recipe.Population,
            ReferenceAccuracy = options.RefAcc ?? recipe.ReferenceAccuracy,
        };
}
