using LoNas.Storage;

namespace LoNas.Formats.Nncf;

/// <summary>A learning rate over all stages (<c>lr_schedule.params</c>), in place of the stages' own.</summary>
public sealed record LearningRateSchedule
{
    /// <summary>The learning rate at the cosine's start.</summary>
    public required double BaseLearningRate { get; init; }

    /// <summary>The cosine's length in epochs (default: all stages together).</summary>
    public required int Epochs { get; init; }

    /// <summary>Epochs of linear warm-up before it (default 0).</summary>
    public int WarmupEpochs { get; init; }

    /// <summary>The learning rate where the warm-up starts (default 3.4e-4, NNCF's).</summary>
    public double WarmupLearningRate { get; init; } = 3.4e-4;

    /// <summary>Whether the file asks for a global schedule: it names a base rate.</summary>
    internal static bool IsChosen(ConfigurationNode node) => node["params"]["base_lr"].IsPresent;

    /// <summary>Reads <c>lr_schedule</c>; null where the stages' own learning rates hold.</summary>
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
