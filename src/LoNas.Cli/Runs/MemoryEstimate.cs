using LoNas.Adapters;
using LoNas.Models;
using static TorchSharp.torch;

namespace LoNas.Cli.Runs;

/// <summary>A rough forecast of training's resident memory, in bytes, from shapes alone.</summary>
internal static class MemoryEstimate
{
    /// <summary>libtorch and the runtime themselves.</summary>
    private const long ProgramBytes = 350L << 20;

    private const int Float32Bytes = 4;

    /// <summary>Gradient and AdamW's two moments beside each trained weight, all float32.</summary>
    private const int TrainedBytes = 4 * Float32Bytes;

    public static long Of(ModelConfig config, ModelCost cost, ScalarType dtype, long batch, long length)
    {
        long element = dtype == ScalarType.Float32 ? 4 : 2;
        long baseBytes = (cost.TotalParameters - cost.LoraParameters) * element;
        long tokens = batch * length;
        // What the backward pass keeps for each token of a layer: norms (in float32), projections, rotated heads,
        // attention, the MLP's three widths, and the inputs of the adapters' branches in float32 with their dropout.
        long perLayer = (config.HiddenSize * ((12 * element) + (10 * Float32Bytes)))
            + (config.IntermediateSize * ((4 * element) + (4 * Float32Bytes)));
        // Logits, their float32 copy, the softmax and its gradient.
        long head = config.VocabularySize * (element + (3 * Float32Bytes));
        return ProgramBytes + baseBytes + (cost.LoraParameters * TrainedBytes)
            + (tokens * ((perLayer * config.LayerCount) + head));
    }
}
