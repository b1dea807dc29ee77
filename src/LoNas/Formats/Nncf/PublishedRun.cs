using LoNas.Models;

namespace LoNas.Formats.Nncf;

/// <summary>Values in the reference's own configuration of a model that do not follow from the preset.</summary>
internal sealed record PublishedRun
{
    public required NncfPreset Preset { get; init; }

    public required string ModelType { get; init; }

    public required int BlockCount { get; init; }

    public required long HiddenSize { get; init; }

    public required int Epochs { get; init; }

    /// <summary>The accuracy that its search compares with.</summary>
    public required double ReferenceAccuracy { get; init; }

    /// <summary>Linears with an adapter; null for those of the model family.</summary>
    public IReadOnlyList<string>? Targets { get; init; }

    /// <summary>Numbers of attention heads for each block, without the full number; null to use the ratios.</summary>
    public IReadOnlyList<int[]>? Heads { get; init; }

    /// <summary>MLP widths for each block, without the full width; null to use the ratios.</summary>
    public IReadOnlyList<int[]>? MlpWidths { get; init; }

    /// <summary>The published run for a preset and a model of this size; null if there is none.</summary>
    public static PublishedRun? Find(NncfPreset preset, LinearLayout layout) => Rows.FirstOrDefault(run =>
        (run.Preset, run.ModelType, run.BlockCount, run.HiddenSize)
        == (preset, layout.Config.ModelType, layout.Config.LayerCount, layout.Config.HiddenSize));

    private static readonly PublishedRun[] Rows =
    [
        Causal(NncfPreset.Math, "llama", 32, 4096, epochs: 7),
        // The 13B run has no adapter on gate_proj.
        Causal(NncfPreset.Math, "llama", 40, 5120, epochs: 6) with
        {
            Targets = ["q_proj", "k_proj", "v_proj", "up_proj", "down_proj"],
        },
        Causal(NncfPreset.Math, "bloom", 30, 4096, epochs: 8),
        Causal(NncfPreset.Commonsense, "llama", 32, 4096, epochs: 6),
        // The lists for each block come from an importance analysis of BERT-base.
        new()
        {
            Preset = NncfPreset.Glue,
            ModelType = "bert",
            BlockCount = 12,
            HiddenSize = 768,
            Epochs = 80,
            ReferenceAccuracy = 0.85,
            Heads = [[6], [5], [4], [8], [8], [11], [9], [9], [10], [3], [11, 3], [5]],
            MlpWidths =
            [
                [2634, 216], [2634, 181], [2627, 208], [2676, 226], [2628, 179], [2662, 175],
                [2706, 182], [2687, 169], [2616, 165], [2400, 160], [2198, 163], [1940, 150],
            ],
        },
    ];

    private static PublishedRun Causal(NncfPreset preset, string modelType, int blocks, long hidden, int epochs) =>
        new()
        {
            Preset = preset,
            ModelType = modelType,
            BlockCount = blocks,
            HiddenSize = hidden,
            Epochs = epochs,
            ReferenceAccuracy = 0.45,
        };
}
