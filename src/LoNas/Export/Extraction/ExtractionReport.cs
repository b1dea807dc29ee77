using LoNas.Elastic;

namespace LoNas.Export.Extraction;

/// <summary>What an extraction made.</summary>
/// <param name="Source">Cost of the uncut model with its whole adapter beside it.</param>
/// <param name="Merged">Cost of the uncut model with its adapter merged, which is the base's.</param>
/// <param name="Result">Cost of what was written.</param>
/// <param name="SourceBytes">Size of the uncut base's weights in the written type, and of its whole adapter.</param>
/// <param name="MergedBytes">Size of the uncut base's weights in the written type.</param>
/// <param name="ResultBytes">Size of the written weights, a kept adapter among them.</param>
/// <param name="MlpWidths">Features of each layer's MLP as written.</param>
/// <param name="Loading">What can load the folder.</param>
/// <param name="Check">How far its logits are from the masked model's; null when it was not checked.</param>
public sealed record ExtractionReport(
    ModelCost Source,
    ModelCost Merged,
    ModelCost Result,
    long SourceBytes,
    long MergedBytes,
    long ResultBytes,
    IReadOnlyList<long> MlpWidths,
    LoadableBy Loading,
    LogitDifference? Check);
