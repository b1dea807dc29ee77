using LoNas.Cli.Train;

namespace LoNas.Cli.Evaluate;

/// <summary>How sets are tested, whatever command asks for it.</summary>
internal sealed record TestSettings
{
    /// <summary>The model as the user named it.</summary>
    public required string Model { get; init; }

    /// <summary>Takes the results and the journal of a test under way; empty for none.</summary>
    public required string OutputDir { get; init; }

    public required int NumBeams { get; init; }

    /// <summary>Null: as many as each task takes.</summary>
    public int? MaxNewTokens { get; init; }

    /// <summary>Null: by the free memory.</summary>
    public int? BatchSize { get; init; }

    /// <summary>Whether answers are written to their end though their prediction is settled.</summary>
    public bool ExactOutputs { get; init; }

    /// <summary>Whether a test under way in the folder is forgotten.</summary>
    public bool StartAgain { get; init; }

    /// <param name="options">The command's.</param>
    /// <param name="trained">Whether the adapter is new: what lies in the folder is then another one's test.</param>
    public static TestSettings Of(RunMathOptions options, bool trained) => new()
    {
        Model = options.Model.ModelNameOrPath,
        OutputDir = options.Output.OutputDir,
        NumBeams = options.Testing.NumBeams,
        MaxNewTokens = options.Testing.MaxNewTokens,
        BatchSize = options.Testing.PerDeviceEvalBatchSize,
        ExactOutputs = options.Testing.ExactOutputs,
        StartAgain = trained || (options.Output.OverwriteOutputDir && !options.Training.DoTrain),
    };
}
