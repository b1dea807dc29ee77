using LoNas.Storage;

namespace LoNas.Formats.Nncf;

/// <summary>
/// A learning rate schedule over all stages (<c>lr_schedule.params</c>), instead of one for each stage.
/// </summary>
public sealed record LearningRateSchedule
{
    /// <summary>The learning rate at the start of the cosine.</summary>
    public required double BaseLearningRate { get; init; }

    /// <summary>The length of the cosine in epochs (default: all stages together).</summary>
    public required int Epochs { get; init; }

    /// <summary>Epochs of linear warm-up before the cosine (default 0).</summary>
    public int WarmupEpochs { get; init; }

    /// <summary>The learning rate at the start of the warm-up (default 3.4e-4, as in NNCF).</summary>
    public double WarmupLearningRate { get; init; } = 3.4e-4;

    /// <summary>Whether the file has a global schedule, which is the case if it gives a base rate.</summary>
    internal static bool IsChosen(ConfigurationNode node) => node["params"]["base_lr"].IsPresent;

    /// <summary>Reads <c>lr_schedule</c>; null if the stages have their own learning rates.</summary>
    internal static LearningRateSchedule? Read(ConfigurationNode node, int stageEpochs)
    {
        var parameters = node.Object("params")["params"];
        parameters.Object("base_lr", "num_epochs", "warmup_epochs", "warmup_lr");
        if (!IsChosen(node))
        {
            NoteWithoutBase(parameters);
            return null;
        }

        return new LearningRateSchedule
        {
            BaseLearningRate = parameters["base_lr"].Number(0, minimum: 0),
            Epochs = parameters["num_epochs"].Integer(Math.Max(1, stageEpochs), minimum: 1),
            WarmupEpochs = parameters["warmup_epochs"].Integer(0, minimum: 0),
            WarmupLearningRate = parameters["warmup_lr"].Number(3.4e-4, minimum: 0),
        };
    }

    private static void NoteWithoutBase(ConfigurationNode parameters)
    {
        foreach (var key in new[] { "num_epochs", "warmup_epochs", "warmup_lr" })
        {
            if (parameters[key].IsPresent)
            {
                parameters[key].AddError("has no effect without base_lr; add base_lr or remove it");
            }
        }
    }
}

/// <summary>One stage of super-adapter training. The defaults are NNCF's.</summary>
public sealed record StageDescription
{
    /// <summary>The learning rate of a stage that gives none.</summary>
    public const double DefaultInitLearningRate = 3.5e-6;

    /// <summary>
    /// Whether widths are sampled at all, that is, <c>train_dims</c> contains "width" (default true).
    /// </summary>
    public bool TrainsWidth { get; init; } = true;

    /// <summary>The length of the stage in epochs (default 1).</summary>
    public int Epochs { get; init; } = 1;

    /// <summary>
    /// Each group draws its width from this many first entries of its list (default 1, only the full width).
    /// </summary>
    public int WidthIndicator { get; init; } = 1;

    /// <summary>
    /// The learning rate at the start of the stage (default 3.5e-6). Without effect if there is a global schedule.
    /// </summary>
    public double InitLearningRate { get; init; } = DefaultInitLearningRate;

    /// <summary>The length of the cosine in epochs (default: <see cref="Epochs"/>).</summary>
    public int LearningRateEpochs { get; init; } = 1;

    /// <summary>The number of micro-batches between new random sub-adapters (default 1).</summary>
    public int SampleRate { get; init; } = 1;

    /// <summary>Whether channels are sorted by importance at the start of the stage (default false).</summary>
    public bool ReorganizeWeights { get; init; }

    /// <summary>Reads one entry of <c>list_stage_descriptions</c>.</summary>
    internal static StageDescription Read(ConfigurationNode node, bool hasGlobalSchedule, List<string> warnings)
    {
        node.Object("train_dims", "epochs", "width_indicator", "depth_indicator", "init_lr", "epochs_lr", "sample_rate",
            "reorg_weights", "bn_adapt");
        // Both are accepted without effect: these models have no elastic depth and no batch norms.
        node["depth_indicator"].Number(1);
        node["bn_adapt"].Boolean(false);
        CheckLearningRate(node, hasGlobalSchedule, warnings);
        int epochs = node["epochs"].Integer(1, minimum: 1);
        return new StageDescription
        {
            TrainsWidth = !node["train_dims"].IsPresent || ElasticDimensions.Read(node["train_dims"]).Contains("width"),
            Epochs = epochs,
            WidthIndicator = node["width_indicator"].Integer(1, minimum: 1),
            InitLearningRate = node["init_lr"].Number(DefaultInitLearningRate, minimum: 0),
            LearningRateEpochs = node["epochs_lr"].Integer(epochs, minimum: 1),
            SampleRate = node["sample_rate"].Integer(1, minimum: 1),
            ReorganizeWeights = node["reorg_weights"].Boolean(false),
        };
    }

    private static void CheckLearningRate(ConfigurationNode node, bool hasGlobalSchedule, List<string> warnings)
    {
        var rate = node["init_lr"];
        if (rate.IsPresent && hasGlobalSchedule)
        {
            rate.AddError("a stage's own learning rate and the global lr_schedule exclude each other; remove one");
        }
        else if (!rate.IsPresent && !hasGlobalSchedule)
        {
            warnings.Add($"{rate.Path} is missing: the stage starts at the default learning rate 3.5e-6");
        }
    }
}
