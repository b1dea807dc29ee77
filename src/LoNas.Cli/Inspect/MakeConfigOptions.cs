using LoNas.Cli.Flags;
using LoNas.Cli.Options;
using LoNas.Formats.Nncf;

namespace LoNas.Cli.Inspect;

/// <summary>The options of <c>make-config</c>. Null: the preset's.</summary>
internal sealed record MakeConfigOptions
{
    private const string ByPreset = "the preset's";

    public ModelFlags Model { get; init; } = new();

    /// <summary>Never null once validated.</summary>
    public NncfPreset? Preset { get; init; }

    public IReadOnlyList<string> TargetModules { get; init; } = [];

    public TargetLimitFlags Limits { get; init; } = new();

    public IReadOnlyList<int>? Ranks { get; init; }

    public IReadOnlyList<double>? MlpRatios { get; init; }

    public IReadOnlyList<double>? HeadRatios { get; init; }

    public IReadOnlyList<int>? ElasticLayers { get; init; }

    public int? Epochs { get; init; }

    public int FullEpochs { get; init; }

    public double? FullLr { get; init; }

    public bool ReorgWeights { get; init; }

    public double? InitLr { get; init; }

    public int? SampleTokens { get; init; }

    public int? NumEvals { get; init; }

    public int? Population { get; init; }

    public double? RefAcc { get; init; }

    /// <summary>Null: standard output.</summary>
    public string? Output { get; init; }

    /// <summary>Whether a file that is there may be replaced.</summary>
    public bool Overwrite { get; init; }

    /// <summary>The flags.</summary>
    public static OptionTable<MakeConfigOptions> Table { get; } = Build();

    /// <summary>Everything that is wrong with the values and their combination; empty when nothing is.</summary>
    public IReadOnlyList<OptionProblem> Validate()
    {
        var problems = new OptionProblems();
        Model.CheckShape(problems);
        TargetNames.Check(problems, TargetModules);
        Limits.Check(problems, TargetModules);
        return problems
            .When(Preset is null, "--preset is missing: give math, commonsense, chat or glue", "preset")
            .When(Ranks is not null && !Descends(Ranks.Select(rank => (double)rank)),
                "--ranks must descend, such as 32,28", "ranks")
            .When(!AreRatios(MlpRatios), "--mlp_ratios must descend from 1 and stay above 0, such as 1,0.75,0.5",
                "mlp_ratios")
            .When(!AreRatios(HeadRatios), "--head_ratios must descend from 1 and stay above 0, such as 1,0.5",
                "head_ratios")
            .AtLeast("epochs", Epochs, 1)
            .AtLeast("full_epochs", FullEpochs, 0)
            .AtLeast("full_lr", FullLr, 0)
            .When(FullLr is not null && FullEpochs == 0, "--full_lr needs --full_epochs, the stage that it is of",
                "full_lr", "full_epochs")
            .AtLeast("init_lr", InitLr, 0)
            .AtLeast("sample_tokens", SampleTokens, 1)
            .AtLeast("num_evals", NumEvals, 1)
            .AtLeast("population", Population, 1)
            .AtLeast("ref_acc", RefAcc, -1)
            .Found;
    }

    private static OptionTable<MakeConfigOptions> Build()
    {
        var table = new OptionTable<MakeConfigOptions>(new MakeConfigOptions())
            .Part(o => o.Model, (o, v) => o with { Model = v }, ModelFlags.ShapeRows);
        AddSpace(table);
        AddTraining(table);
        return table;
    }

    private static void AddSpace(OptionTable<MakeConfigOptions> table) => table
        .Group("Search space")
        .Add("preset", OptionValues.OptionalChoice<NncfPreset>(), o => o.Preset, (o, v) => o with { Preset = v },
            "task family; a model of a published size gets the published lists")
        .Required()
        .Add("target_modules", TargetNames.Value, o => o.TargetModules, (o, v) => o with { TargetModules = v },
            "linear layers that get an adapter, as run-math takes them", "the published run's, or the family's")
        .Part(o => o.Limits, (o, v) => o with { Limits = v }, TargetLimitFlags.Rows)
        .Add("ranks", OptionValues.Integers, o => o.Ranks, (o, v) => o with { Ranks = v },
            "ranks of an adapter, descending from the --lora_r that is trained", "32,28, or 8,4,2 for glue")
        .Add("mlp_ratios", OptionValues.Numbers, o => o.MlpRatios, (o, v) => o with { MlpRatios = v },
            "MLP widths as shares of the full one; widths are rounded down", "1,0.875,0.75,0.625,0.5")
        .Add("head_ratios", OptionValues.Numbers, o => o.HeadRatios, (o, v) => o with { HeadRatios = v },
            "attention heads of an encoder as shares of all; rounded down to whole heads", "1,0.75,0.5")
        .Add("elastic_layers", OptionValues.Integers, o => o.ElasticLayers, (o, v) => o with { ElasticLayers = v },
            "the layers that are cut, by their number from 0; the others stay whole", "all");

    private static void AddTraining(OptionTable<MakeConfigOptions> table) => table
        .Group("Training and search")
        .Add("epochs", OptionValues.OptionalInteger, o => o.Epochs, (o, v) => o with { Epochs = v },
            "epochs of the stage and its cosine", ByPreset)
        .Also("num_train_epochs")
        .Add("full_epochs", OptionValues.Integer, o => o.FullEpochs, (o, v) => o with { FullEpochs = v },
            "epochs of a stage before, in which the maximal sub-adapter is trained alone: short runs lose less then")
        .Add("full_lr", OptionValues.OptionalNumber, o => o.FullLr, (o, v) => o with { FullLr = v },
            "learning rate at that stage's start", "--init_lr")
        .Add("reorg_weights", OptionValues.Switch, o => o.ReorgWeights, (o, v) => o with { ReorgWeights = v },
            "put channels in the order of their importance before any are cut")
        .Add("init_lr", OptionValues.OptionalNumber, o => o.InitLr, (o, v) => o with { InitLr = v },
            "learning rate at the stage's start", "3e-4")
        .Also("learning_rate")
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
            "file to write", "standard output")
        .Also("output_dir")
        .Add("overwrite", OptionValues.Switch, o => o.Overwrite, (o, v) => o with { Overwrite = v },
            "replace a file that is there, unless it is beside the model that is read")
        .Also("overwrite_output_dir");

    private static bool AreRatios(IReadOnlyList<double>? list) => list is null || (Descends(list) && list[0] == 1);

    private static bool Descends(IEnumerable<double> list)
    {
        var values = list.ToArray();
        return values.Length > 0 && values[^1] > 0 && values.Zip(values.Skip(1)).All(pair => pair.First > pair.Second);
    }
}
