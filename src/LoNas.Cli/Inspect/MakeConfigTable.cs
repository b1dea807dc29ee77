using LoNas.Cli.Options;
using LoNas.Formats.Nncf;

namespace LoNas.Cli.Inspect;

/// <summary>The flags of <c>make-config</c>.</summary>
internal static class MakeConfigTable
{
    private const string ByPreset = "the preset's";

    public static OptionTable<MakeConfigOptions> Table { get; } = Build();

    private static OptionTable<MakeConfigOptions> Build()
    {
        var table = new OptionTable<MakeConfigOptions>(new MakeConfigOptions());
        AddGroups(table);
        AddTraining(table);
        return table;
    }

    private static void AddGroups(OptionTable<MakeConfigOptions> table) => table
        .Group("Model")
        .Add("model_name_or_path", OptionValues.Text("DIR|FILE|NAME"), o => o.ModelNameOrPath,
            (o, v) => o with { ModelNameOrPath = v ?? "" },
            "Hugging Face folder, config.json or hub name; weights are not touched", "none, required")
        .Add("model_revision", OptionValues.Text("NAME"), o => o.ModelRevision, (o, v) => o with { ModelRevision = v },
            "branch, tag or commit of a hub name", "main")
        .Group("Search space")
        .Add("preset", OptionValues.OptionalChoice<NncfPreset>(), o => o.Preset, (o, v) => o with { Preset = v },
            "task family; a model of a published size gets the published lists", "none, required")
        .Add("target_modules", OptionValues.List, o => o.TargetModules, (o, v) => o with { TargetModules = v },
            "names of the linear layers that get an adapter", "the published run's, or the family's")
        .Add("ranks", OptionValues.Integers, o => o.Ranks, (o, v) => o with { Ranks = v },
            "ranks of an adapter, descending from --lora_r", "32,28, or 8,4,2 for glue")
        .Add("mlp_ratios", OptionValues.Numbers, o => o.MlpRatios, (o, v) => o with { MlpRatios = v },
            "MLP widths as shares of the full one; widths are rounded down", "1,0.875,0.75,0.625,0.5")
        .Add("head_ratios", OptionValues.Numbers, o => o.HeadRatios, (o, v) => o with { HeadRatios = v },
            "attention heads as shares of all, for bert; rounded down to whole heads", "1,0.75,0.5");

    private static void AddTraining(OptionTable<MakeConfigOptions> table) => table
        .Group("Training and search")
        .Add("epochs", OptionValues.OptionalInteger, o => o.Epochs, (o, v) => o with { Epochs = v },
            "epochs of the stage and its cosine", ByPreset)
        .Add("init_lr", OptionValues.OptionalNumber, o => o.InitLr, (o, v) => o with { InitLr = v },
            "learning rate at the stage's start", "3e-4")
        .Add("sample_tokens", OptionValues.OptionalInteger, o => o.SampleTokens, (o, v) => o with { SampleTokens = v },
            "tokens of a sample in the cost model", "256, or 128 for glue")
        .Add("num_evals", OptionValues.OptionalInteger, o => o.NumEvals, (o, v) => o with { NumEvals = v },
            "sub-adapters a search evaluates", ByPreset)
        .Add("population", OptionValues.OptionalInteger, o => o.Population, (o, v) => o with { Population = v },
            "sub-adapters of a generation", ByPreset)
        .Add("ref_acc", OptionValues.OptionalNumber, o => o.RefAcc, (o, v) => o with { RefAcc = v },
            "accuracy a search compares with; -1: the measured one of the maximal sub-adapter",
            "the published run's, or -1")
        .Group("Output")
        .Add("output", OptionValues.Text("FILE"), o => o.Output, (o, v) => o with { Output = v },
            "file to write", "standard output");
}
